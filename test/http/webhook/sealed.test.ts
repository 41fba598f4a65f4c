import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { askFor, type Json } from '../ask.ts';
import { createMirrors, type Mirror } from '../api/mirrors/fixture.ts';

/** Secrets that were stored with a key that is not there any more. */

const mirrors = createMirrors();

async function report(): Promise<{ status: unknown; problems: readonly Json[] }> {
  const { status, problems } = (await mirrors.ask('GET', 'health')).json;
  return { status, problems: problems as Json[] };
}
const reasons = (): unknown[] =>
  mirrors.site.log.lines.flatMap(({ level, message, fields }) =>
    level === 'error' && message === "a stored secret can't be decrypted" ? [fields.reason] : [],
  );

test('a replaced secret-key names each secret to enter again, until that is done or the key is back', async () => {
  await mirrors.start();
  const { url, username, password } = mirrors.dav;
  const server = { url, username, password };
  const scope = { projects: ['ALPHA'] };
  const made = await mirrors.ask('POST', 'mirrors', { name: 'Team', scope, server, calendar: { name: 'Plane' } });
  await mirrors.settled((made.json as Mirror).id);
  const paste = (): Promise<unknown> =>
    askFor(mirrors.site, 'PUT', '/api/v1/webhook-secret', { secret: 'plane_wh_pasted' });
  await paste();
  expect(await report()).toEqual({ status: 'ok', problems: [] });

  const path = join(mirrors.folder, 'secret-key');
  const key = readFileSync(path, 'utf8');
  writeFileSync(path, 'another-key-of-at-least-128-bits\n');
  await mirrors.restart();
  const { status, problems } = await report();
  expect([status, problems]).toEqual([
    'degraded',
    [
      expect.objectContaining({
        part: 'webhook',
        message: expect.stringMatching(/^The webhook secret .* enter it again\.$/),
      }),
      expect.objectContaining({
        part: 'mirror',
        message: expect.stringMatching(/^The password of the mirror "Team" can't be decrypted: .* enter it again\.$/),
      }),
    ],
  ]);
  expect(reasons()).toEqual(problems.map(({ message }) => message));

  await paste();
  await mirrors.ask('PATCH', `mirrors/${(made.json as Mirror).id}`, { server });
  await mirrors.settled((made.json as Mirror).id, /ok/);
  expect(await report()).toEqual({ status: 'ok', problems: [] });

  // Both are stored with the new key now, so the old one is the wrong one.
  writeFileSync(path, key);
  await mirrors.restart();
  expect((await report()).problems).toHaveLength(2);
  writeFileSync(path, 'another-key-of-at-least-128-bits\n');
  await mirrors.restart();
  // Until the mirror has run again its last run stands, in which it could not log in.
  await mirrors.settled((made.json as Mirror).id, /ok/);
  expect((await report()).problems).toEqual([]);
  expect(reasons()).toEqual([]);
});
