import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { readConfig } from '../../../../src/config/config.ts';
import type { SmallPlaneOptions } from '../../../../src/demo/plane.ts';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { aCalDav, type CalDav } from '../../../support/caldav.ts';
import { eventually } from '../../../support/processes.ts';
import { api, type ApiAnswer, type Json } from '../../ask.ts';

/** Mirrors over HTTP, with a small Plane and a small CalDAV server. */

/** A mirror as the API returns it. */
export interface Mirror extends Json {
  readonly id: string;
  readonly state: string;
  readonly calendar: { readonly url: string; readonly name: string } | null;
  readonly last_run: (Json & { readonly errors: readonly string[] }) | null;
  readonly held_back: { readonly count: number; readonly digest: string } | null;
}

/** The program and the calendars it mirrors into, new for each test. */
export interface Mirrors {
  readonly dav: CalDav;
  /** The program, since its last start. */
  readonly site: TestApp;
  readonly folder: string;
  /** Settings of a mirror of ALPHA into the calendar "Work". */
  settings(more?: Record<string, string>): Record<string, string>;
  /** Starts the program, with these settings for a mirror. */
  start(settings?: Record<string, string>, planeOptions?: Partial<SmallPlaneOptions>): Promise<void>;
  /** Stops it, and deletes its data folder. */
  wipe(): Promise<void>;
  restart(): Promise<void>;
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<ApiAnswer>;
  all(): Promise<Mirror[]>;
  read(id: string): Promise<Mirror>;
  /** The mirror, once it has run and is idle. */
  settled(id: string, state?: RegExp): Promise<Mirror>;
  /** Starts a run, and waits for its end. */
  run(id: string, body?: Json): Promise<Mirror>;
  /** Paths of objects of mirrors, below this path. */
  ours(path?: string): string[];
  /** The number of events in the project's feed. */
  feedSize(): Promise<number>;
}

/** Sets up mirrors before each test of the file, and cleans up after it. */
export function createMirrors(): Mirrors {
  let dav: CalDav;
  let folder: string;
  let site: TestApp;
  beforeEach(async () => {
    dav = await aCalDav();
    folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  });
  afterEach(async () => {
    await site.close();
    await dav.close();
    rmSync(folder, { recursive: true });
  });

  const ask: Mirrors['ask'] = (method, path, body) => api(site, method, path, body);
  const read = async (id: string): Promise<Mirror> => (await ask('GET', `mirrors/${id}`)).json as Mirror;
  return {
    get dav() {
      return dav;
    },
    get site() {
      return site;
    },
    get folder() {
      return folder;
    },
    settings: (more = {}) => ({
      MIRROR_URL: dav.url,
      MIRROR_USERNAME: dav.username,
      MIRROR_PASSWORD: dav.password,
      MIRROR_CALENDAR: 'Work',
      MIRROR_FEED: 'ALPHA',
      MIRROR_OPTIONS: 'done=keep&cancelled=keep',
      ...more,
    }),
    start: async (settings = {}, planeOptions = {}) => {
      site = await aTestApp({ dataDir: folder, mirror: readConfig(settings, () => '').mirror }, planeOptions);
    },
    wipe: async () => {
      await site.close();
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
    },
    restart: async () => {
      site = await site.restart();
    },
    ask,
    all: async () => (await ask('GET', 'mirrors')).json.mirrors as Mirror[],
    read,
    settled: (id, state = /ok|error/) =>
      eventually(
        () => read(id),
        (mirror) => state.test(mirror.state) && mirror.last_run !== null,
      ),
    run: async (id, body = {}) => {
      const started = await eventually(
        () => ask('POST', `mirrors/${id}/run`, body),
        ({ status }) => status !== 409,
      );
      expect([started.status, started.json]).toEqual([202, { status: 'started' }]);
      return eventually(
        () => read(id),
        ({ state }) => state !== 'running',
      );
    },
    ours: (path = '/dav/') =>
      [...dav.objects.keys()].filter(
        (one) => one.startsWith(path) && one.includes('/plane-', path.length - 1) && one.endsWith('.ics'),
      ),
    feedSize: async () => {
      const text = await (await fetch(`${site.url}/ics/ALPHA.ics?done=keep&cancelled=keep`)).text();
      return text.match(/^BEGIN:VEVENT\r$/gm)?.length ?? 0;
    },
  };
}
