import { expect, test } from '@jest/globals';
import { addressOf, createPrograms } from './support/program.ts';
import { createScratch } from './support/scratch.ts';

/** The process itself, from its start to its end; all else about it is in `test/e2e/main.e2e.ts`, since each start takes its time. */

const { start } = createPrograms(createScratch(), []);

test('without settings it serves the demo, and exits with code 0 after a signal', async () => {
  const program = await start([]);
  const address = await addressOf(program);
  const feed = await fetch(`${address}/ics/WEB.ics`);
  expect([feed.status, feed.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
  expect(await feed.text()).toContain('BEGIN:VEVENT\r\n');
  const { code, stdout, stderr } = await program.stop();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('DEMO');
  expect(stdout).toMatch(/"msg":"stopping"}\n$/);
});
