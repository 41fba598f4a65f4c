import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { z } from 'zod';
import {
  exportAnswer,
  recordedExportAnswer,
  sheetAnswer,
  type SheetJson,
} from '../../../../src/http/api/timesheet/responses.ts';
import { anEvent, aWebServer, calendar, type WebServer } from '../../../sources/calendars/fixture.ts';
import { api, type ApiAnswer, type Json } from '../../ask.ts';
import { aMemberSite, IDS, type MemberSite } from '../members/fixture.ts';

/** The program before a calendar with hours. */

/** NOON of the tests is 2026-11-20. */
export const RANGE = 'from=2026-11-16&to=2026-11-22';

export interface TimesheetSite {
  readonly site: () => MemberSite;
  readonly web: () => WebServer;
  /** Replaces the events of the calendar, and reads it. */
  serve(lines: readonly string[]): Promise<void>;
  /** A request as the administrator. */
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<ApiAnswer>;
  sheet(query?: string): Promise<SheetJson>;
  export(body?: Json): Promise<z.infer<typeof exportAnswer>>;
  recorded(id: string): Promise<z.infer<typeof recordedExportAnswer>>;
  csv(id: string): Promise<ApiAnswer>;
  /** Adds another calendar, for someone's hours. */
  add(name: string, member: string, lines: readonly string[]): Promise<void>;
}

/** An event of some hours on a day of the week from Monday 2026-11-16. */
export function hours(
  uid: string,
  day: number,
  [from, to]: readonly [number, number],
  lines: readonly string[] = [],
): string[] {
  const at = (hour: number): string => `202611${16 + day}T${String(hour).padStart(2, '0')}0000Z`;
  return anEvent(uid, [`DTSTART:${at(from)}`, `DTEND:${at(to)}`, ...lines]);
}

/** Bob's calendar "Work", read anew for each test. */
export function aTimesheetSite(): TimesheetSite {
  let site: MemberSite;
  let web: WebServer;
  let folder: string;
  const ask: TimesheetSite['ask'] = (method, path, body) => api(site, method, path, body);
  const add: TimesheetSite['add'] = async (name, member, lines) => {
    const server = await aWebServer(calendar(lines));
    const timesheet = { member, address: `${member}@example.com`, project: null };
    const answer = await ask('POST', 'sources', { name, kind: 'ics', url: `${server.url}/a.ics`, timesheet });
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    web = server;
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
    site = await aMemberSite({ dataDir: folder, sourceAllow: ['127.0.0.1'] });
    await add('Work', IDS.member, []);
  });
  afterEach(async () => {
    await site.close();
    rmSync(folder, { recursive: true });
  });
  const read = <T>(answer: ApiAnswer, schema: z.ZodType<T>, status: number): T => {
    expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(schema.safeParse(answer.json).error?.issues).toBe(undefined);
    return answer.json as T;
  };
  return {
    site: () => site,
    web: () => web,
    ask,
    add,
    serve: async (lines) => {
      web.respond = calendar(lines);
      const answer = await ask('POST', 'sources/work/sync');
      expect([answer.status, answer.json.error]).toEqual([200, null]);
    },
    sheet: async (query = RANGE) => read(await ask('GET', `timesheet?${query}`), sheetAnswer, 200),
    export: async (body = {}) => {
      const days = { from: '2026-11-16', to: '2026-11-22' };
      return read(await ask('POST', 'timesheet/exports', { ...days, ...body }), exportAnswer, 201);
    },
    recorded: async (id) => read(await ask('GET', `timesheet/exports/${id}`), recordedExportAnswer, 200),
    csv: (id) => ask('GET', `timesheet/exports/${id}?format=csv`),
  };
}
