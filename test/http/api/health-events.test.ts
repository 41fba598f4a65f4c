import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { ask, askFor } from '../ask.ts';

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

async function eventsOfAlpha(): Promise<unknown> {
  const { json } = await askFor(site, 'GET', '/api/v1/health');
  const projects = json.projects as { identifier: string; events: number }[];
  return projects.find(({ identifier }) => identifier === 'ALPHA')?.events;
}

test('a calendar that leaves some out does not change how many events a project has', async () => {
  const count = ({ text }: { readonly text: string }): number => text.split('BEGIN:VEVENT').length - 1;
  const all = count(await ask(site, '/ics/ALPHA.ics'));
  expect(await eventsOfAlpha()).toBe(all);
  const few = count(await ask(site, '/ics/ALPHA.ics?priority=urgent'));
  expect(few).toBeLessThan(all);
  expect(await eventsOfAlpha()).toBe(all);
});
