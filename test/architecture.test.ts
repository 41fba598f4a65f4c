import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

/** The structure that ARCHITECTURE.md describes, checked against the code. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The folders from top to bottom, and what each may import besides itself and the leaves: only what is listed below it. Sub-folders
 * that are not listed belong to the folder above them.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  '.': ['cli', 'server', 'config', 'demo', 'store'],
  cli: [
    'server',
    'http/api',
    'config',
    'caldav/transport',
    'caldav',
    'sources/plane/api',
    'sources/plane/trust',
    'store',
    'views',
    'icalendar',
  ],
  server: [
    'server/relay',
    'http',
    'timesheet',
    'config',
    'mirrors',
    'feeds',
    'sources/calendars',
    'sources/trust',
    'caldav',
    'sources/plane',
    'members',
    'sources/plane/webhook',
    'sources/plane/sign-in',
    'sources/plane/sync',
    'sources/plane/api',
    'sources/followed',
    'demo',
    'store',
    'views',
  ],
  'server/relay': ['http', 'http/middleware', 'store'],
  http: [
    'http/webhook',
    'http/feed',
    'http/api',
    'http/page',
    'http/middleware',
    'mirrors',
    'members',
    'timesheet',
    'sources/calendars',
    'feeds',
    'views',
  ],
  'http/webhook': ['http/middleware'],
  'http/api': [
    'http/feed',
    'http/page',
    'http/middleware',
    'mirrors',
    'members',
    'mirrors/backup',
    'mirrors/sync',
    'timesheet',
    'sources/calendars',
    'caldav',
    'feeds',
    'views',
    'icalendar',
  ],
  'http/feed': ['http/middleware', 'feeds'],
  'http/page': ['http/middleware'],
  'http/middleware': ['mirrors', 'members'],
  config: ['mirrors', 'mirrors/sync', 'sources/calendars', 'caldav', 'store', 'views'],
  mirrors: ['mirrors/backup', 'mirrors/sync', 'caldav', 'caldav/transport', 'feeds', 'views'],
  'mirrors/backup': ['mirrors/sync', 'icalendar'],
  'mirrors/sync': ['feeds', 'views', 'icalendar'],
  'sources/calendars': ['caldav', 'caldav/transport', 'sources/trust', 'sources/followed', 'views', 'icalendar'],
  caldav: ['caldav/xml', 'caldav/transport'],
  'caldav/xml': ['caldav/transport'],
  'caldav/transport': [],
  members: [],
  timesheet: ['feeds', 'views', 'icalendar'],
  feeds: ['views', 'icalendar'],
  'sources/plane': [
    'sources/plane/sync',
    'sources/plane/trust',
    'sources/plane/api',
    'sources/followed',
    'views',
    'icalendar',
  ],
  'sources/plane/sign-in': ['sources/plane/api', 'sources/plane/decode'],
  'sources/plane/webhook': ['sources/plane/sync', 'sources/plane/api', 'sources/plane/decode'],
  'sources/plane/sync': [
    'sources/plane/api',
    'sources/plane/trust',
    'sources/trust',
    'sources/plane/decode',
    'views',
    'icalendar',
  ],
  'sources/plane/api': ['sources/plane/trust', 'sources/trust', 'sources/plane/decode'],
  'sources/plane/trust': ['sources/trust', 'sources/plane/decode'],
  'sources/plane/decode': ['views', 'icalendar'],
  'sources/trust': [],
  'sources/followed': [],
  demo: ['icalendar'],
  store: [],
  views: ['icalendar'],
  icalendar: [],
};
/** What anything may import. They know nothing of the others. */
const LEAVES = ['domain', 'lib'];
const CORE = ['views', 'icalendar', 'domain'];
const CLOCKS = /Date\.now|new Date\(\)|\bprocess\.\w|\bconsole\.|performance\.now/;
const CORE_MAY_USE = [
  'node:crypto',
  'ical-generator',
  'ical.js',
  'html-to-text',
  'htmlparser2',
  'rrule',
  'timezones-ical-library',
  'windows-iana',
];
/** Where each package is used; replacing one is the work of these folders. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  koa: ['http'],
  '@koa/router': ['http'],
  'ical-generator': ['icalendar'],
  'ical.js': ['icalendar', 'mirrors'],
  rrule: ['icalendar/recurrence'],
  'timezones-ical-library': ['icalendar/foreign'],
  'windows-iana': ['icalendar/foreign'],
  'html-to-text': ['views'],
  htmlparser2: ['views'],
  'lru-cache': ['feeds', 'http'],
  undici: ['lib/proxy.ts', 'sources', 'caldav', 'demo', 'cli'],
  'ipaddr.js': ['sources/calendars/fetch'],
  saxes: ['caldav/xml'],
  'p-queue': ['sources/plane/api', 'server/relay', 'store/postgres'],
  'p-retry': ['sources/plane/api', 'caldav/transport'],
  oauth4webapi: ['caldav/transport'],
  zod: ['sources/plane', 'config', 'http', 'feeds/stored'],
  'raw-body': ['http'],
  'rate-limiter-flexible': ['http/middleware'],
  helmet: ['http/middleware'],
  'classic-level': ['store'],
  pg: ['store/postgres'],
  pino: ['lib/log.ts'],
  'pino-pretty': ['lib/log.ts'],
  'prom-client': ['server/metrics'],
  dotenv: ['main.ts'],
  commander: ['cli'],
};
const MAX_LINES = 250;
const MAX_FILES = 15;

interface Source {
  readonly path: string;
  readonly text: string;
  /** The modules it imports: paths as in `path` for those of the project, names for packages. */
  readonly inside: readonly string[];
  readonly packages: readonly string[];
}

function readSources(folder: string, below = ''): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ts|js)$/.test(path))
    .map((name) => {
      const path = normalize(join(below, name));
      const text = readFileSync(join(ROOT, folder, name), 'utf8');
      const imports = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
      const isInside = (specifier: string): boolean => specifier.startsWith('.');
      return {
        path,
        text,
        inside: imports.filter(isInside).map((specifier) => normalize(join(dirname(path), specifier))),
        packages: imports.filter((specifier) => !isInside(specifier)),
      };
    });
}

const files = readSources('src');
const ORDER = Object.keys(MAY_IMPORT);

/** The listed folder that a file belongs to. */
function folderOf(path: string): string {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder))
    if (folder in MAY_IMPORT || LEAVES.includes(folder)) return folder;
  return '.';
}

const isIn = (path: string, home: string): boolean => path === home || path.startsWith(`${home}/`);

/** The files of one cycle of imports, the first one twice; none when there is none. */
function cycleIn(sources: readonly Source[]): readonly string[] {
  const imports = new Map(sources.map(({ path, inside }) => [path, inside]));
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): readonly string[] => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of imports.get(path) ?? []) {
      const cycle = visit(next, [...way, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  return sources.map(({ path }) => visit(path, [])).find((cycle) => cycle.length > 0) ?? [];
}

test('the plan lists every folder, each importing only what is listed below it', () => {
  const listed = new Set(files.map(({ path }) => folderOf(path)));
  expect([...listed].sort()).toEqual([...ORDER, ...LEAVES].sort());
  for (const [folder, below] of Object.entries(MAY_IMPORT)) {
    expect(below.filter((name) => ORDER.indexOf(name) <= ORDER.indexOf(folder))).toEqual([]);
  }
});

test('the plan allows no more than is used', () => {
  for (const [folder, below] of Object.entries(MAY_IMPORT)) {
    const used = files.filter(({ path }) => folderOf(path) === folder).flatMap(({ inside }) => inside.map(folderOf));
    expect(below.filter((name) => !used.includes(name))).toEqual([]);
  }
});

test.each(['src', 'scripts', 'test', 'public'])('%s has no cycle of imports', (folder) => {
  expect(cycleIn(readSources(folder))).toEqual([]);
});

test('a cycle would be found', () => {
  const file = (path: string, ...inside: string[]): Source => ({ path, text: '', inside, packages: [] });
  expect(cycleIn([file('a', 'b'), file('b', 'c'), file('c', 'b')])).toEqual(['b', 'c', 'b']);
});

test('no folder has more files than can be taken in at a glance', () => {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > MAX_FILES)).toEqual([]);
});

describe.each(files)('src/$path', ({ path, text, inside, packages }) => {
  const folder = folderOf(path);

  test('imports what the plan allows', () => {
    const allowed = LEAVES.includes(folder) ? LEAVES : [folder, ...LEAVES, ...MAY_IMPORT[folder]!];
    expect(inside.filter((name) => !allowed.includes(folderOf(name)))).toEqual([]);
  });

  test('uses packages where they are at home', () => {
    const used = packages.filter((name) => !name.startsWith('node:'));
    expect(used.filter((name) => !HOMES[name]?.some((home) => isIn(path, home)))).toEqual([]);
  });

  test('leaves the clock, the environment and the output to main.ts', () => {
    // How long a piece of long work takes decides nothing that anybody reads.
    if (path === 'lib/cooperative.ts') expect(text.replaceAll('performance.now', '')).not.toMatch(CLOCKS);
    else if (path !== 'main.ts') expect(text).not.toMatch(CLOCKS);
  });

  test('does no I/O in the core', () => {
    if (CORE.includes(folder)) expect(packages.filter((name) => !CORE_MAY_USE.includes(name))).toEqual([]);
  });

  test('is short, and exports by name', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(MAX_LINES + 1);
    expect(text).not.toMatch(/^export default/m);
  });

  test('has a docstring on every exported name', () => {
    const bare = [
      ...text.matchAll(/(?<!\*\/\n)^export (?:async )?(?:function|class|interface|const|type) (\w+)/gm),
    ].map((match) => match[1]!);
    expect(bare.filter((name) => !/^(?:create|decode|\w+(?:Options|Row)$)/.test(name))).toEqual([]);
  });

  test('says "issue" only where Plane says it', () => {
    const allowed = folder.startsWith('sources/plane') || ['demo', 'config'].includes(folder);
    const rest = text.replace(/plane-issue-|\/issues\b|"issue"|error\.issues|\$ZodRawIssue/g, '');
    if (!allowed) expect(rest).not.toMatch(/\bissues?\b/i);
  });
});

test('nothing calls a calendar text/icalendar', () => {
  expect(files.filter(({ text }) => text.includes('text/icalendar'))).toEqual([]);
});
