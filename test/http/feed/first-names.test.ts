import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ALPHA } from '../../support/acme.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../../support/app.ts';
import { uuid } from '../../support/make.ts';
import { ask } from '../ask.ts';

/** Filters and choices right after the first reading of a project, which has the names of its items alone. */

const RARE = uuid(77);

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
  const { states, labels } = site.plane.tables.projects.get(ALPHA)!;
  states.set(RARE, { ...[...states.values()][0]!, id: RARE, name: 'Rare state' });
  labels.set(RARE, { ...[...labels.values()][0]!, id: RARE, name: 'Rare label' });
  expect((await ask(site, '/ics/ALPHA.ics')).status).toBe(200);
  expect(site.plane.requests.some(({ path }) => path.endsWith('/labels/'))).toBe(false);
});
afterEach(() => site.close());

const api = async (path: string, body: object): Promise<{ status: number; json: unknown }> => {
  const response = await fetch(`${site.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
};

test.each(['label=rare label', 'state=Rare state', `label=${RARE}`])(
  'a calendar of what no item has can be chosen: %s',
  async (query) => {
    const { status, text } = await ask(site, `/ics/ALPHA.ics?${encodeURI(query)}`);
    expect(status).toBe(200);
    expect(text).toMatch(/DESCRIPTION:[^]*[Rr]are/);
  },
);

test('a name that there is not is still refused, with those that there are', async () => {
  const { status, text } = await ask(site, '/ics/ALPHA.ics?label=nonsense');
  expect([status, text]).toEqual([400, expect.stringContaining('Rare label')]);
});

test('while the lists can not be read it is not said that there is no such name', async () => {
  site.plane.onRequest = ({ path }) =>
    path.endsWith('/labels/') ? { kind: 'json', status: 400, body: {} } : undefined;
  expect((await ask(site, '/ics/ALPHA.ics?label=Rare%20label')).status).toBe(503);
  // The calendar itself goes on.
  expect((await ask(site, '/ics/ALPHA.ics')).status).toBe(200);
});

test('a link of it can be made', async () => {
  const options = { label: ['Rare label'] };
  const { status, json } = await api('links', { name: 'Rare', scope: { projects: ['ALPHA'] }, options });
  expect([status, json]).toEqual([201, expect.objectContaining({ options: { label: 'Rare label' } })]);
});

test('the page is given all choices', async () => {
  const { json } = await api('choices', { scope: { projects: ['ALPHA'] }, of: ['label', 'state', 'assignee'] });
  const named = (name: string): unknown => expect.arrayContaining([expect.objectContaining({ name })]);
  expect(json).toEqual({ label: named('Rare label'), state: named('Rare state'), assignee: named('ada') });
});
