import { expect, test } from '@jest/globals';
import { aTestApp } from '../support/app.ts';
import { createScratch } from '../support/scratch.ts';
import { api, ask } from './ask.ts';

const scratch = createScratch();

test('after a start nothing is said of Plane until it answered, although calendars were kept', async () => {
  const first = await aTestApp({ dataDir: await scratch.folder() });
  scratch.defer(first.plane.close);
  expect((await ask(first, '/ics/ALPHA.ics')).status).toBe(200);
  first.plane.onRequest = () => ({ kind: 'silence' });
  const site = await first.restart();
  scratch.defer(site.app.close);
  const connection = async (): Promise<unknown> => (await api(site, 'GET', 'health')).json;
  expect(await connection()).toMatchObject({ metrics: { projects_synced: 1, plane_api_connection: 'unknown' } });
});
