import { errorAnswer } from '../responses.ts';
import * as answers from './responses.ts';
import { mirrorChange, newMirror, restoreRequest, runRequest, serverTest } from './request.ts';
import type { Operation } from '../operation.ts';

const admin = 'admin' as const;
const mirror = '/api/v1/mirrors/{id}';
/** Of what asks Plane and the CalDAV server. */
const refused = { 400: errorAnswer, 404: errorAnswer, 502: errorAnswer, 503: errorAnswer } as const;

/** The operations on mirrors. */
export const MIRROR_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/v1/mirrors',
    summary: 'Mirrors: copies in CalDAV calendars',
    for: admin,
    answers: { 200: answers.mirrorsAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/mirrors',
    summary: 'Make a mirror; its calendar is found, or made when its name is nobody’s',
    for: admin,
    body: newMirror,
    answers: { 201: answers.mirrorAnswer, 400: errorAnswer, 502: errorAnswer, 503: errorAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/mirrors/test',
    summary: 'Try a login, step by step',
    for: admin,
    body: serverTest,
    answers: { 200: answers.testAnswer, 400: errorAnswer },
  },
  {
    method: 'get',
    path: mirror,
    summary: 'A mirror',
    for: admin,
    answers: { 200: answers.mirrorAnswer, 404: errorAnswer },
  },
  {
    method: 'patch',
    path: mirror,
    summary: 'Change a mirror; of one from the settings only whether it is paused',
    for: admin,
    body: mirrorChange,
    answers: { 200: answers.mirrorAnswer, ...refused },
  },
  {
    method: 'delete',
    path: mirror,
    summary: 'Remove a mirror; its events stay in the calendar',
    for: admin,
    query: [['purge', 'true removes what it made from the calendar first']],
    answers: { 204: null, ...refused },
  },
  {
    method: 'post',
    path: `${mirror}/test`,
    summary: 'Try the login of a mirror, step by step',
    for: admin,
    answers: { 200: answers.testAnswer, ...refused },
  },
  {
    method: 'post',
    path: `${mirror}/plan`,
    summary: 'What a run would do; nothing is written',
    for: admin,
    answers: { 200: answers.planAnswer, ...refused },
  },
  {
    method: 'post',
    path: `${mirror}/run`,
    summary: 'Run now; see how it goes at the mirror',
    for: admin,
    body: runRequest,
    answers: { 202: answers.runStarted, 400: errorAnswer, 404: errorAnswer, 409: errorAnswer },
  },
  {
    method: 'post',
    path: `${mirror}/purge`,
    summary: 'Pause it, and remove exactly what it made from the calendar',
    for: admin,
    answers: { 202: answers.purgeAnswer, ...refused },
  },
  {
    method: 'get',
    path: `${mirror}/backup`,
    summary: 'The whole calendar, foreign events too',
    for: admin,
    answers: { 200: answers.backupAnswer, ...refused },
  },
  {
    method: 'post',
    path: `${mirror}/restore`,
    summary: 'Put a backup back, up to 50 MB; nothing is deleted',
    for: admin,
    body: restoreRequest,
    answers: { 200: answers.restoreAnswer, ...refused },
  },
  {
    method: 'get',
    path: '/api/v1/runs',
    summary: 'What mirrors did, the newest first',
    for: admin,
    query: [['mirror', 'the id of one']],
    answers: { 200: answers.runsAnswer, 404: errorAnswer },
  },
];
