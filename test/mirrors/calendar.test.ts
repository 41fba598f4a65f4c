import { describe, expect, test } from '@jest/globals';
import { ConnectionError, findOrCreateCalendar } from '../../src/mirrors/calendar.ts';
import { A_CALENDAR, accountAt, errorOf, found, multistatus, stub, type Stub } from '../caldav/support.ts';
import { createScratch } from '../support/scratch.ts';

/** The calendar of an account that a mirror writes into. */

const scratch = createScratch();
const [NFC, NFD] = ['Café'.normalize('NFC'), 'Café'.normalize('NFD')];
const HOME = found('/h/', '<c:calendar-home-set><d:href>/h/</d:href></c:calendar-home-set>');

const named = (path: string, name: string): string =>
  found(path, `${A_CALENDAR}<d:displayname>${name}</d:displayname>`);

/** A server with one home, whose answer to a list of it is HOME and these responses. */
async function aServer(inside: string): Promise<Stub> {
  const made: string[] = [];
  return stub(scratch, ({ method, url, headers }, response) => {
    if (method === 'MKCALENDAR') {
      made.push(url);
      response.writeHead(201).end();
    } else if (made.includes(url)) multistatus(response, named(url, 'made'));
    else multistatus(response, headers.depth === '1' ? inside : HOME);
  });
}

const find = ({ origin }: Stub, name: string): ReturnType<typeof findOrCreateCalendar> =>
  findOrCreateCalendar(accountAt(scratch, `${origin}/h/`), {
    calendar: { url: null, name },
    mirrorId: 'abcd1234',
    component: 'VEVENT',
  });

describe('a name', () => {
  test.each([
    [NFC, NFD],
    [NFD, NFC],
    ['Team plan', ' Team\n  plan '],
  ])('%j is that of the calendar %j', async (name, stored) => {
    const server = await aServer(HOME + named('/h/other/', 'Other') + named('/h/x/', stored));
    expect((await find(server, name)).url).toBe(`${server.origin}/h/x/`);
    expect(server.got.map(({ method }) => method)).not.toContain('MKCALENDAR');
  });

  test('that two calendars have means the one with the same spelling', async () => {
    const server = await aServer(HOME + named('/h/d/', NFD) + named('/h/c/', NFC));
    expect((await find(server, NFC)).url).toBe(`${server.origin}/h/c/`);
    expect((await find(server, NFD)).url).toBe(`${server.origin}/h/d/`);
  });

  test('that no calendar has leads to the same new one in both forms', async () => {
    const urls = [];
    for (const name of [NFC, NFD]) urls.push(new URL((await find(await aServer(HOME), name)).url).pathname);
    expect(urls[0]).toBe(urls[1]);
  });
});

test('no second calendar is made while the list of calendars is not reliable', async () => {
  for (const list of [named('/h/x/', 'Other'), HOME + found('/h/y/', '').replace('200 OK', '500 No')]) {
    const server = await aServer(list);
    expect((await errorOf(find(server, 'Plane'))).code).toBe('caldav_invalid_response');
    expect(server.got.map(({ method }) => method)).not.toContain('MKCALENDAR');
  }
});

describe('a chosen address', () => {
  const choose = ({ origin }: Stub, component = 'VEVENT'): ReturnType<typeof findOrCreateCalendar> =>
    findOrCreateCalendar(accountAt(scratch, `${origin}/h/`), {
      calendar: { url: `${origin}/h/x/`, name: null },
      mirrorId: 'abcd1234',
      component,
    });

  test('is asked alone', async () => {
    const server = await stub(scratch, (_got, response) => {
      multistatus(response, named('/h/x/', 'Chosen'));
    });
    expect((await choose(server)).displayName).toBe('Chosen');
    expect(server.got.map(({ method, url }) => `${method} ${url}`)).toEqual(['PROPFIND /h/x/']);
  });

  test('that is no calendar, or not one for it, is an error', async () => {
    const comps = '<c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>';
    for (const [own, code] of [
      [found('/h/x/', '<d:resourcetype><d:collection/></d:resourcetype>'), 'caldav_not_found'],
      [named('/h/x/', 'Tasks').replace('<d:displayname>', `${comps}<d:displayname>`), 'caldav_refused'],
    ] as const) {
      const server = await stub(scratch, ({ url, headers }, response) => {
        multistatus(response, url === '/h/x/' ? own : headers.depth === '1' ? HOME + own : HOME);
      });
      expect((await errorOf(choose(server))).code).toBe(code);
    }
  });

  test('with a wrong login is an error with the steps of a search, and the login was sent once', async () => {
    const server = await stub(scratch, (_got, response) =>
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    );
    const error = await errorOf(choose(server));
    expect([error.code, (error as ConnectionError).steps.length, server.got.length]).toEqual(['caldav_key', 1, 1]);
  });
});
