import type { Operation } from '../operation.ts';
import { errorAnswer } from '../responses.ts';
import { grantAnswer, grantsAnswer } from './responses.ts';

/** The operations on members, for the administrator. */
export const MEMBER_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/v1/grants',
    summary: 'List who signed in with a Plane API key of their own, and what they may see',
    for: 'admin',
    answers: { 200: grantsAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/members/{id}/revoke',
    summary: 'End the access and the sessions of a member, and revoke all their links',
    for: 'admin',
    answers: { 200: grantAnswer, 404: errorAnswer, 409: errorAnswer },
  },
];
