import type { Operation } from '../operation.ts';
import { errorAnswer } from '../responses.ts';
import { correctionRequest, exportRequest, ruleRequest, settleRequest } from './request.ts';
import * as answers from './responses.ts';

const api = '/api/v1/timesheet';
const failures = { 400: errorAnswer, 404: errorAnswer, 502: errorAnswer, 503: errorAnswer } as const;

/** The operations on the timesheet. */
export const TIMESHEET_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: api,
    summary: 'Hours that are in calendars, matched to Plane; members get their own',
    for: 'member',
    query: Object.entries({
      from: 'a day, inclusive; left out, the last 90 days',
      to: 'a day, inclusive',
      source: 'id or name of a source',
      member: 'id or display name',
      round: 'off (by default), up or nearest: per person, project and day',
      round_minutes: '5, 6, 10, 15 (by default), 30 or 60',
      format: 'json (by default) or csv',
    }),
    answers: { 200: answers.sheetAnswer, ...failures },
  },
  {
    method: 'post',
    path: `${api}/corrections`,
    summary: 'Say what an entry is, and save a rule for entries like it; members correct their own',
    for: 'member',
    body: correctionRequest,
    answers: { 200: answers.correctionAnswer, ...failures, 409: errorAnswer },
  },
  {
    method: 'get',
    path: `${api}/rules`,
    summary: 'List rules; members get their own, and those for everyone in their projects',
    for: 'member',
    answers: { 200: answers.rulesAnswer, 502: errorAnswer, 503: errorAnswer },
  },
  {
    method: 'post',
    path: `${api}/rules`,
    summary: 'Save a rule; that of a member is for their own events',
    for: 'member',
    body: ruleRequest,
    answers: { 201: answers.ruleAnswer, ...failures, 409: errorAnswer },
  },
  {
    method: 'delete',
    path: `${api}/rules/{id}`,
    summary: 'Remove a rule; members remove their own',
    for: 'member',
    answers: { 204: null, 404: errorAnswer },
  },
  {
    method: 'get',
    path: `${api}/exports`,
    summary: 'List exports, the newest first',
    for: 'admin',
    answers: { 200: answers.exportsAnswer },
  },
  {
    method: 'post',
    path: `${api}/exports`,
    summary: 'Record hours that were never exported',
    for: 'admin',
    body: exportRequest,
    answers: { 201: answers.exportAnswer, ...failures, 409: errorAnswer },
  },
  {
    method: 'get',
    path: `${api}/exports/{id}`,
    summary: 'Get an export, the same each time',
    for: 'admin',
    query: [['format', 'json (by default) or csv']],
    answers: { 200: answers.recordedExportAnswer, 400: errorAnswer, 404: errorAnswer },
  },
  {
    method: 'delete',
    path: `${api}/exports/{id}`,
    summary: 'Remove an export; its rows count as never exported',
    for: 'admin',
    answers: { 204: null, 404: errorAnswer, 409: errorAnswer },
  },
  {
    method: 'post',
    path: `${api}/settle`,
    summary: 'Accept that an exported entry changed or is gone, so that it is not reported again',
    for: 'admin',
    body: settleRequest,
    answers: { 204: null, ...failures, 409: errorAnswer },
  },
];
