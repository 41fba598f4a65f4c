import { errorAnswer } from '../responses.ts';
import * as answers from './responses.ts';
import { mirrorChange, newMirror, restoreRequest, runRequest, serverTest } from './request.ts';
import type { Operation } from '../operation.ts';

const admin = 'admin' as const;
const mirror = '/api/v1/mirrors/{id}';
/** Failures of operations that need Plane or the CalDAV server. */
const failures = { 400: errorAnswer, 404: errorAnswer, 502: errorAnswer, 503: errorAnswer } as const;

/** The operations on mirrors. */
export const MIRROR_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/v1/mirrors',
    summary: 'List mirrors: copies in CalDAV calendars',
    for: admin,
    answers: { 200: answers.mirrorsAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/mirrors',
    summary: 'Create a mirror; its calendar is found, or created when none has its name',
    for: admin,
    body: newMirror,
    answers: { 201: answers.mirrorAnswer, 400: errorAnswer, 502: errorAnswer, 503: errorAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/mirrors/test',
    summary: 'Test a login, step by step',
    for: admin,
    body: serverTest,
    answers: { 200: answers.testAnswer, 400: errorAnswer },
  },
  {
    method: 'get',
    path: mirror,
    summary: 'Get a mirror',
    for: admin,
    answers: { 200: answers.mirrorAnswer, 404: errorAnswer },
  },
  {
    method: 'patch',
    path: mirror,
    summary: 'Change a mirror; one from the settings can only be paused and resumed',
    for: admin,
    body: mirrorChange,
    answers: { 200: answers.mirrorAnswer, ...failures },
  },
  {
    method: 'delete',
    path: mirror,
    summary: 'Remove a mirror; its events stay in the calendar',
    for: admin,
    query: [['purge', 'true removes its events from the calendar first']],
    answers: { 204: null, ...failures },
  },
  {
    method: 'post',
    path: `${mirror}/test`,
    summary: 'Test the login of a mirror, step by step',
    for: admin,
    answers: { 200: answers.testAnswer, ...failures },
  },
  {
    method: 'post',
    path: `${mirror}/plan`,
    summary: 'Show what a run would do; writes nothing',
    for: admin,
    answers: { 200: answers.planAnswer, ...failures },
  },
  {
    method: 'post',
    path: `${mirror}/run`,
    summary: 'Start a run; its progress is part of the mirror',
    for: admin,
    body: runRequest,
    answers: { 202: answers.runStarted, 400: errorAnswer, 404: errorAnswer, 409: errorAnswer },
  },
  {
    method: 'post',
    path: `${mirror}/purge`,
    summary: 'Pause a mirror, and remove exactly its events from the calendar',
    for: admin,
    answers: { 202: answers.purgeAnswer, ...failures },
  },
  {
    method: 'get',
    path: `${mirror}/backup`,
    summary: 'Back up the whole calendar, foreign events included',
    for: admin,
    answers: { 200: answers.backupAnswer, ...failures },
  },
  {
    method: 'post',
    path: `${mirror}/restore`,
    summary: 'Restore a backup of up to 50 MB; deletes nothing',
    for: admin,
    body: restoreRequest,
    answers: { 200: answers.restoreAnswer, ...failures },
  },
  {
    method: 'get',
    path: '/api/v1/runs',
    summary: 'List the runs of mirrors, the newest first',
    for: admin,
    query: [['mirror', 'the id of a mirror']],
    answers: { 200: answers.runsAnswer, 404: errorAnswer },
  },
];
