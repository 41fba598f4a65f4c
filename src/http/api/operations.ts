import { z } from 'zod';
import { OPTION_NAMES } from '../../views/options/options.ts';
import * as answers from './responses.ts';
import { SOURCE_OPERATIONS } from './sources/operations.ts';
import { BACKUP_OPERATIONS } from './backups/operations.ts';
import { EXPLAIN_OPERATIONS } from './explain/operations.ts';
import { LINK_OPERATIONS } from './links/operations.ts';
import { TIMESHEET_OPERATIONS } from './timesheet/operations.ts';
import { SUBSCRIBE_OPERATIONS } from './subscribe/operations.ts';
import { MIRROR_OPERATIONS } from './mirrors/operations.ts';
import type { Operation } from './operation.ts';
import { MEMBER_OPERATIONS } from './members/operations.ts';
import { logIn } from './members/session-routes.ts';
import { choicesRequest, previewRequest } from './preview-routes.ts';
import { webhookSecret } from './sync-routes.ts';

/** Every operation of the API, its request and its responses. */

const options = OPTION_NAMES.map((name) => [name, 'option of the calendar'] as const);

/** Every operation; a test compares it with the routes. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/',
    summary: 'The page; service info for Accept: application/json',
    for: 'anyone',
    answers: { 200: answers.serviceAnswer },
  },
  { method: 'get', path: '/health', summary: 'Liveness', for: 'anyone', answers: { 200: answers.liveness } },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    for: 'anyone',
    answers: { 200: z.object({ openapi: z.string() }) },
  },
  { method: 'get', path: '/docs', summary: 'This description, to read', for: 'anyone', answers: { 200: 'text/html' } },
  {
    method: 'get',
    path: '/ics/{token}/{name}.ics',
    summary: 'The calendar of a link',
    for: 'anyone',
    answers: { 200: 'text/calendar', 304: null, 404: 'text/plain', 410: 'text/plain', 503: 'text/plain' },
  },
  {
    method: 'get',
    path: '/ics/{project}.ics',
    summary: 'The calendar of a project, with FEED_ACCESS=open',
    for: 'anyone',
    query: options,
    answers: {
      200: 'text/calendar',
      304: null,
      400: 'text/plain',
      404: 'text/plain',
      410: 'text/plain',
      503: 'text/plain',
    },
  },
  {
    method: 'get',
    path: '/ics/all.ics',
    summary: 'All projects in one calendar, with FEED_ACCESS=open',
    for: 'anyone',
    query: options,
    answers: { 200: 'text/calendar', 304: null, 400: 'text/plain', 404: 'text/plain', 503: 'text/plain' },
  },
  {
    method: 'get',
    path: '/ics/person/{member}.ics',
    summary: "One person's items, with FEED_ACCESS=open",
    for: 'anyone',
    query: options,
    answers: { 200: 'text/calendar', 304: null, 400: 'text/plain', 404: 'text/plain', 503: 'text/plain' },
  },
  {
    method: 'get',
    path: '/ics/view/{path}.ics',
    summary: 'The calendar of a link at its readable path, with FEED_ACCESS=open',
    for: 'anyone',
    answers: { 200: 'text/calendar', 304: null, 404: 'text/plain', 503: 'text/plain' },
  },
  {
    method: 'post',
    path: '/webhooks/plane',
    summary: "Plane's deliveries",
    for: 'anyone',
    answers: {
      200: answers.deliveryAnswer,
      400: answers.errorAnswer,
      401: answers.errorAnswer,
      429: answers.errorAnswer,
    },
  },
  {
    method: 'post',
    path: '/webhooks/sync',
    summary: 'Resync: read every project again',
    for: 'admin',
    answers: { 200: answers.syncAnswer, 409: answers.errorAnswer, 429: answers.errorAnswer },
  },
  {
    method: 'get',
    path: '/webhooks/status',
    summary: 'How the last resync went',
    for: 'admin',
    answers: { 200: answers.syncStatusAnswer },
  },
  {
    method: 'get',
    path: '/api/v1/health',
    summary: 'How the server is doing',
    for: 'metrics',
    answers: { 200: answers.healthAnswer },
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'How the server is doing, for Prometheus',
    for: 'metrics',
    answers: { 200: 'text/plain' },
  },
  {
    method: 'get',
    path: '/api/v1/session',
    summary: 'Who is logged in',
    for: 'anyone',
    answers: { 200: answers.sessionAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/session',
    summary: 'Log in',
    for: 'anyone',
    body: logIn,
    answers: {
      204: null,
      400: answers.errorAnswer,
      401: answers.errorAnswer,
      403: answers.errorAnswer,
      429: answers.errorAnswer,
      502: answers.errorAnswer,
    },
  },
  { method: 'delete', path: '/api/v1/session', summary: 'Log out', for: 'anyone', answers: { 204: null } },
  {
    method: 'get',
    path: '/api/v1/projects',
    summary: 'List projects',
    for: 'member',
    answers: { 200: answers.projectsAnswer, 503: answers.errorAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/projects/{id}/apply-removal',
    summary:
      'Accept a large removal in Plane at once, without waiting for the read that confirms it; id is an id or identifier',
    for: 'admin',
    answers: { 200: answers.projectHealthAnswer, 404: answers.errorAnswer },
  },
  {
    method: 'get',
    path: '/api/v1/members',
    summary: 'List people',
    for: 'member',
    answers: { 200: answers.membersAnswer, 502: answers.errorAnswer, 503: answers.errorAnswer },
  },
  ...LINK_OPERATIONS,
  ...EXPLAIN_OPERATIONS,
  {
    method: 'get',
    path: '/api/v1/export',
    summary: 'Export any calendar: feed is WEB, all, person:ada or the id of a link',
    for: 'admin',
    query: [['feed', 'which calendar'], ...options],
    answers: { 200: 'text/calendar', 304: null, 400: answers.errorAnswer, 404: answers.errorAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/preview',
    summary: 'Preview a calendar',
    for: 'member',
    body: previewRequest,
    answers: { 200: answers.previewAnswer, 400: answers.errorAnswer, 503: answers.errorAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/choices',
    summary: 'List the names that filters can use',
    for: 'member',
    body: choicesRequest,
    answers: { 200: answers.choicesAnswer, 400: answers.errorAnswer },
  },
  {
    method: 'put',
    path: '/api/v1/webhook-secret',
    summary: "Store Plane's webhook secret; null deletes it",
    for: 'admin',
    body: webhookSecret,
    answers: { 204: null, 400: answers.errorAnswer },
  },
  {
    method: 'post',
    path: '/api/v1/admin-token',
    summary: 'Renew the admin token',
    for: 'admin',
    answers: { 200: answers.adminTokenAnswer, 400: answers.errorAnswer },
  },
  ...SUBSCRIBE_OPERATIONS,
  ...MEMBER_OPERATIONS,
  ...SOURCE_OPERATIONS,
  ...TIMESHEET_OPERATIONS,
  ...MIRROR_OPERATIONS,
  ...BACKUP_OPERATIONS,
];
