import type { ServerResponse } from 'node:http';
import { openCollection } from '../../src/caldav/collection.ts';
import type { Collection } from '../../src/domain/collection.ts';
import type { Scratch } from '../support/scratch.ts';
import {
  A_CALENDAR,
  accountAt,
  anEvent,
  found,
  multistatus,
  stub,
  tools,
  type Got,
  type Stub,
  type TestTools,
} from './support.ts';

/** A calendar at /c/ of a stub, for what is read there, written and removed. */

/** The calendar itself in a listing. */
export const SELF = found('/c/', A_CALENDAR);

/** An object in a listing. */
export const listed = (name: string, etag = '"1"'): string =>
  found(`/c/${name}`, `<d:getetag>${etag}</d:getetag><d:resourcetype/>`);

/** A calendar object that says this. */
export const saying = (summary: string): string => anEvent('a', summary);

/** An object of the calendar as a listing gives it. */
export const entryOf = (calendar: Collection, name = 'a.ics') => ({ name, href: calendar.url + name, etag: '"1"' });

/** A calendar that is open, its server and the tools it was opened with. */
export interface Bench {
  readonly server: Stub;
  readonly calendar: Collection;
  readonly using: TestTools;
  /** Methods since the calendar was opened. */
  methods(): string[];
}

/** Opens calendars whose servers then answer as a test says. */
export function createBench(scratch: Scratch) {
  return async (
    answer: (got: Got, response: ServerResponse, count: number) => unknown,
    path = '/c/',
  ): Promise<Bench> => {
    let open = false;
    const server = await stub(scratch, (got, response, count) => {
      if (open) answer(got, response, count - 1);
      else multistatus(response, found(path, A_CALENDAR));
    });
    const using = tools();
    const calendar = await openCollection(accountAt(scratch, server.origin, {}, using), server.origin + path);
    open = true;
    return { server, calendar, using, methods: () => server.got.slice(1).map(({ method }) => method) };
  };
}

/** Answers PROPFINDs of the calendar, and other requests as a test says. */
export const beside =
  (answer: (got: Got, response: ServerResponse) => unknown) => (got: Got, response: ServerResponse) => {
    if (got.method === 'PROPFIND' && got.url === '/c/') multistatus(response, SELF);
    else answer(got, response);
  };
