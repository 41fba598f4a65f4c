import { describe, expect, test } from '@jest/globals';
import { createScratch } from '../support/scratch.ts';
import { beside, createBench, entryOf, listed } from './collection-bench.ts';
import { A_CALENDAR, failed, found, multistatus } from './support.ts';

const bench = createBench(createScratch());

describe('what is removed', () => {
  test.each([
    [200, {}],
    [202, {}],
    [204, {}],
    [404, { wasGone: true }],
    [410, { wasGone: true }],
  ])('is done after %i', async (status, more) => {
    const { calendar, server } = await bench((_got, response) => response.writeHead(status).end());
    expect(await calendar.remove(entryOf(calendar))).toEqual({ kind: 'done', etag: null, ...more });
    expect(server.got[1]).toMatchObject({ method: 'DELETE', url: '/c/a.ics', headers: { 'if-match': '"1"' } });
  });

  // Radicale answers so.
  test('is done after a multistatus that says so with status 200, and not after one that denies it', async () => {
    const xml = (status: string): string =>
      `<?xml version="1.0"?><multistatus xmlns="DAV:"><response><href>/c/a.ics</href><status>HTTP/1.1 ${status}</status></response></multistatus>`;
    for (const [status, kind] of [
      ['200 OK', 'done'],
      ['403 Forbidden', 'rejected'],
    ] as const) {
      const { calendar, methods } = await bench(
        beside(({ method }, response) => {
          if (method === 'DELETE') response.writeHead(200, { 'content-type': 'text/xml' }).end(xml(status));
          else multistatus(response, found('/c/', A_CALENDAR));
        }),
      );
      const outcome = await calendar.remove(entryOf(calendar));
      expect(outcome.kind).toBe(kind);
      if (kind === 'done') expect([outcome, methods()]).toEqual([{ kind, etag: null }, ['DELETE']]);
    }
  });

  test.each([
    ['removed', failed('/c/a.ics', 404), 'done'],
    ['changed', listed('a.ics', '"2"'), 'conflict'],
    ['as it was', listed('a.ics'), 'rejected'],
  ])('and refused by 412 is decided by a check: %s', async (_what, there, kind) => {
    const { calendar } = await bench(
      beside(({ method }, response) => {
        if (method === 'DELETE') response.writeHead(412).end();
        else multistatus(response, there);
      }),
    );
    expect((await calendar.remove(entryOf(calendar))).kind).toBe(kind);
  });

  test('and lost on the way is looked for, and removed again', async () => {
    let deletes = 0;
    const { calendar, methods } = await bench(({ method }, response) => {
      if (method === 'DELETE') {
        deletes++;
        response.destroy();
      } else if (deletes < 2) multistatus(response, listed('a.ics'));
      else response.writeHead(404).end();
    });
    expect((await calendar.remove(entryOf(calendar))).kind).toBe('done');
    expect(methods()).toEqual(['DELETE', 'PROPFIND', 'DELETE', 'PROPFIND']);
  });

  test.each([
    ['SOPE/5.8', '/c/'],
    ['nginx', '/SOGo/dav/alice/'],
  ])('is looked at first on a server that heeds no condition (%s, %s)', async (server, path) => {
    const { calendar, methods } = await bench((_got, response) => {
      response.setHeader('server', server);
      multistatus(response, found(path, A_CALENDAR) + found(`${path}a.ics`, '<d:getetag>"2"</d:getetag>'));
    }, path);
    await calendar.list();
    expect((await calendar.remove(entryOf(calendar))).kind).toBe('conflict');
    expect(methods()).toEqual(['PROPFIND', 'PROPFIND']);
  });
});
