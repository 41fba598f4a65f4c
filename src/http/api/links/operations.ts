import { z } from 'zod';
import type { Operation } from '../operation.ts';
import { errorAnswer } from '../responses.ts';
import { linkChange, newLink, newLinks, rotation } from './requests.ts';
import * as answers from './responses.ts';

const member = 'member' as const;
const link = '/api/v1/links/{id}';

/** The operations on links. */
export const LINK_OPERATIONS: readonly Operation[] = [
  { method: 'get', path: '/api/v1/links', summary: 'List links', for: member, answers: { 200: answers.linksAnswer } },
  {
    method: 'post',
    path: '/api/v1/links',
    summary: 'Create a link, or up to 1,000: all or none; only this and rotate return the address',
    for: member,
    body: z.union([newLink, newLinks]),
    answers: {
      201: z.union([answers.newLinkAnswer, answers.newLinksAnswer]),
      400: errorAnswer,
      429: errorAnswer,
      503: errorAnswer,
    },
  },
  {
    method: 'get',
    path: link,
    summary: 'Get a link',
    for: member,
    answers: { 200: answers.linkAnswer, 404: errorAnswer },
  },
  {
    method: 'patch',
    path: link,
    summary: 'Change the calendar behind the same address (RFC 7396)',
    for: member,
    body: linkChange,
    answers: { 200: answers.linkAnswer, 400: errorAnswer, 404: errorAnswer, 409: errorAnswer, 429: errorAnswer },
  },
  {
    method: 'delete',
    path: link,
    summary: 'Revoke a link: its calendar says so for 30 days, then it is 410',
    for: member,
    answers: { 200: answers.linkAnswer, 404: errorAnswer, 409: errorAnswer },
  },
  {
    method: 'post',
    path: `${link}/rotate`,
    summary: 'Give a link a new address; after the grace period the calendar at the old one says that it was disabled',
    for: member,
    body: rotation,
    bodyIsOptional: true,
    answers: { 200: answers.newLinkAnswer, 400: errorAnswer, 404: errorAnswer, 409: errorAnswer, 429: errorAnswer },
  },
];
