import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

/** The plan of ARCHITECTURE.md, held against the code. */

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** What each part may import, besides itself and the leaves. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ['clock', 'cli', 'app', 'config', 'demo', 'store'],
  cli: ['app', 'config', 'mirrors', 'caldav', 'plane', 'store', 'calendar'],
  app: [
    'world',
    'reload',
    'metrics',
    'stop',
    'admin-token',
    'config',
    'control',
    'status',
    'sealed',
    'http',
    'mirrors',
    'feeds',
    'plane',
    'demo',
    'store',
    'calendar',
  ],
  world: ['http'],
  reload: ['config'],
  metrics: ['http', 'mirrors', 'feeds', 'plane'],
  stop: ['control', 'http', 'mirrors', 'feeds', 'plane'],
  'admin-token': ['http', 'store'],
  control: ['http', 'store'],
  status: ['config', 'http', 'mirrors', 'feeds', 'plane'],
  sealed: ['mirrors', 'plane'],
  config: ['mirror-config', 'settings', 'mirrors', 'calendar', 'proxy'],
  'mirror-config': ['settings', 'mirrors', 'mirror', 'calendar'],
  settings: ['mirror', 'proxy'],
  clock: [],
  http: ['mirrors', 'caldav', 'mirror', 'feeds', 'calendar'],
  mirrors: ['caldav', 'mirror', 'feeds', 'calendar', 'proxy'],
  caldav: ['mirror', 'proxy'],
  mirror: ['feeds', 'calendar'],
  feeds: ['calendar'],
  plane: ['calendar', 'proxy'],
  demo: ['calendar'],
  store: [],
  calendar: [],
  proxy: [],
};
const LEAVES = ['domain', 'errors', 'http-date', 'log', 'problem', 'retry-after', 'truncate', 'turns'];
const CORE = ['calendar', 'domain', 'errors'];
const CLOCKS = /Date\.now|new Date\(\)|\bprocess\.\w|\bconsole\.|performance\.now/;
const CORE_MAY_USE = ['node:crypto', 'ical-generator', 'ical.js', 'html-to-text', 'htmlparser2'];
/** Where each package is used; replacing one is the work of these files. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  koa: ['http'],
  '@koa/router': ['http'],
  'ical-generator': ['calendar'],
  'ical.js': ['calendar', 'mirror'],
  'html-to-text': ['calendar'],
  htmlparser2: ['calendar'],
  'lru-cache': ['feeds', 'http'],
  undici: ['proxy', 'plane', 'caldav', 'demo', 'cli'],
  saxes: ['caldav'],
  'p-queue': ['plane'],
  'p-retry': ['plane'],
  zod: ['plane', 'settings', 'http'],
  'raw-body': ['http'],
  'rate-limiter-flexible': ['http'],
  helmet: ['http'],
  'classic-level': ['store'],
  pino: ['log'],
  'prom-client': ['metrics'],
  dotenv: ['main'],
  commander: ['cli'],
};
const MAX_LINES = 250;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path: normalize(path), text: readFileSync(join(SRC, path), 'utf8') }));

const partOf = (path: string): string => path.split('/')[0]!.replace(/\.ts$/, '');

test('the plan lists every part, each importing only what stands below it', () => {
  const order = Object.keys(MAY_IMPORT);
  expect([...new Set(files.map(({ path }) => partOf(path)))].sort()).toEqual([...order, ...LEAVES].sort());
  for (const [part, below] of Object.entries(MAY_IMPORT)) {
    expect(below.filter((name) => order.indexOf(name) <= order.indexOf(part))).toEqual([]);
  }
});

describe.each(files)('src/$path', ({ path, text }) => {
  const part = partOf(path);
  const imports = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
  const inside = imports.filter((name) => name.startsWith('.'));
  const outside = imports.filter((name) => !name.startsWith('.'));

  test('imports what the plan allows', () => {
    const allowed = LEAVES.includes(part) ? LEAVES : [part, ...LEAVES, ...MAY_IMPORT[part]!];
    const parts = inside.map((name) => partOf(normalize(join(dirname(path), name))));
    expect(parts.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  test('uses packages where they are at home', () => {
    const packages = outside.filter((name) => !name.startsWith('node:'));
    expect(packages.filter((name) => !HOMES[name]?.includes(part))).toEqual([]);
  });

  test('leaves the clock, the environment and the output to main.ts', () => {
    // How long a piece of long work takes decides nothing that anybody reads.
    if (part === 'turns') expect(text.replaceAll('performance.now', '')).not.toMatch(CLOCKS);
    else if (part !== 'main') expect(text).not.toMatch(CLOCKS);
  });

  test('does no I/O in the core', () => {
    if (CORE.includes(part)) expect(outside.filter((name) => !CORE_MAY_USE.includes(name))).toEqual([]);
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
    const allowed = ['plane', 'demo'].includes(part);
    const rest = text.replace(/plane-issue-|\/issues\b|"issue"|error\.issues|\$ZodRawIssue/g, '');
    if (!allowed && part !== 'config' && part !== 'settings') expect(rest).not.toMatch(/\bissues?\b/i);
  });
});

test('nothing calls a calendar text/icalendar', () => {
  expect(files.filter(({ text }) => text.includes('text/icalendar'))).toEqual([]);
});
