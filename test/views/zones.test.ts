import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const PROBE = fileURLToPath(new URL('../support/zone-probe.ts', import.meta.url));

async function digest(zone: string, locale: string): Promise<string> {
  const env = { PATH: process.env.PATH, TZ: zone, LANG: locale, LC_ALL: locale };
  return (await run(process.execPath, ['--import', 'tsx', PROBE], { env })).stdout;
}

test('the bytes and what counts as not modified are the same in every time zone and locale', async () => {
  const reference = await digest('UTC', 'C');
  expect(reference).toMatch(
    /^due [4-9]\d [0-9a-f]{64}\nspan \d+ [0-9a-f]{64}\nboth \d+ [0-9a-f]{64}\n304\n200\n304\n200\n$/,
  );
  const others = [
    ['Pacific/Kiritimati', 'en_US.UTF-8'],
    ['America/Los_Angeles', 'da_DK.UTF-8'],
    ['America/New_York', 'C'],
    ['Europe/Copenhagen', 'tr_TR.UTF-8'],
  ] as const;
  for (const other of await Promise.all(others.map(([zone, locale]) => digest(zone, locale))))
    expect(other).toBe(reference);
});
