import { z } from 'zod';
import { name } from '../links/requests.ts';
import { address, server, text } from '../login.ts';

/** The API's requests about backups of any calendar. */

const calendar = address.describe('the address of a calendar there');

/** What to back up: the calendar of a mirror, another one in its account, a source, or a calendar of any account. */
export const backupRequest = z.union(
  [
    z.strictObject({ mirror: text, calendar: calendar.optional() }),
    z.strictObject({ source: text }),
    z.strictObject({ server, calendar }),
  ],
  'must be {"mirror": id}, {"source": id} or {"server": {…}, "calendar": address}',
);

const target = z.union([
  z.strictObject({ url: address }),
  z.strictObject({ name: name.describe('created when there is none') }),
]);

/** A backup, and the calendar to restore it to. */
export const restoreToRequest = z.strictObject({
  to: z.union(
    [z.strictObject({ mirror: text, calendar: target.optional() }), z.strictObject({ server, calendar: target })],
    'must be {"mirror": id} or {"server": {…}, "calendar": {"url": address} or {"name": name}}',
  ),
  manifest: z.record(z.string(), z.unknown(), 'must be the manifest of a backup'),
  files: z.record(z.string(), z.string(), 'must be texts by file name'),
  replace: z.boolean('must be true or false').optional(),
  with_invitations: z.boolean('must be true or false').optional(),
});
