import { errorAnswer } from '../responses.ts';
import type { Operation } from '../operation.ts';
import * as answers from './responses.ts';
import { newSource, sourceChange, sourceTest } from './request.ts';

const admin = 'admin' as const;
const source = '/api/v1/sources/{id}';

/** The operations on sources. */
export const SOURCE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/v1/sources',
    summary: "List sources: calendars that are not Plane's",
    for: admin,
    answers: { 200: answers.sourcesAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/sources',
    summary: 'Create a source; it is read first. 400 for an address that SOURCE_ALLOW does not permit',
    for: admin,
    body: newSource,
    answers: { 201: answers.sourceAnswer, 400: errorAnswer, 409: errorAnswer, 502: errorAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/sources/test',
    summary: 'Read a calendar and say what it has; nothing is stored',
    for: admin,
    body: sourceTest,
    answers: { 200: answers.trialAnswer, 400: errorAnswer, 502: errorAnswer },
  },
  {
    method: 'get',
    path: source,
    summary: 'Get a source, by its id or name',
    for: admin,
    answers: { 200: answers.sourceAnswer, 404: errorAnswer },
  },
  {
    method: 'patch',
    path: source,
    summary: 'Change a source; it is read first where that changes what it has',
    for: admin,
    body: sourceChange,
    answers: { 200: answers.sourceAnswer, 400: errorAnswer, 404: errorAnswer, 409: errorAnswer, 502: errorAnswer },
  },
  {
    method: 'delete',
    path: source,
    summary: 'Remove a source; calendars that show it go on without it, and those that show nothing else end',
    for: admin,
    answers: { 204: null, 404: errorAnswer },
  },
  {
    method: 'get',
    path: `${source}/state`,
    summary: 'How a source is doing',
    for: admin,
    answers: { 200: answers.sourceStateAnswer, 404: errorAnswer },
  },
  {
    method: 'post',
    path: `${source}/sync`,
    summary: 'Read a source now; its state says how that went',
    for: admin,
    answers: { 200: answers.sourceAnswer, 404: errorAnswer },
  },
  {
    method: 'post',
    path: `${source}/apply`,
    summary: 'Accept a large removal in a source at once, without waiting for the read that confirms it',
    for: admin,
    answers: { 200: answers.sourceAnswer, 404: errorAnswer },
  },
];
