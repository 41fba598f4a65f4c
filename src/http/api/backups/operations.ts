import { backupAnswer, restoreAnswer } from '../mirrors/responses.ts';
import type { Operation } from '../operation.ts';
import { errorAnswer } from '../responses.ts';
import { backupRequest, restoreToRequest } from './request.ts';

const failures = { 400: errorAnswer, 404: errorAnswer, 502: errorAnswer, 503: errorAnswer } as const;

/** The operations on backups. */
export const BACKUP_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/v1/backups',
    summary: 'Back up a source, the calendar of a mirror, or any CalDAV calendar',
    for: 'admin',
    body: backupRequest,
    answers: { 200: backupAnswer, ...failures },
  },
  {
    method: 'post',
    path: '/api/v1/backups/restore',
    summary: 'Restore a backup of up to 50 MB to a CalDAV calendar; deletes nothing',
    for: 'admin',
    body: restoreToRequest,
    answers: { 200: restoreAnswer, ...failures },
  },
];
