import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_OPTIONS } from '../src/calendar/options.ts';
import { ConfigError, readConfig, type Config, type Environment, type ReadFile } from '../src/config.ts';

const KEY = 'plane_api_0123456789abcdef';
const PLANE = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: KEY, PLANE_WORKSPACE: 'acme' };
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const MISSING = 'set PLANE_URL, PLANE_API_KEY, PLANE_WORKSPACE together, or none of them for the demo.';

const noFile: ReadFile = (path) => {
  throw new Error(`ENOENT: no such file or directory, open '${path}'`);
};

const files =
  (texts: Readonly<Record<string, string>>): ReadFile =>
  (path) =>
    texts[path] ?? noFile(path);

function read(environment: Environment, readFile = noFile): Config {
  return readConfig(environment, readFile);
}

/** What is told when the settings are wrong. */
function problems(environment: Environment, readFile = noFile): readonly string[] {
  try {
    read(environment, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('without any setting', () => {
  test('it is the demo, on loopback, with its calendars open', () => {
    expect(read({})).toEqual({
      plane: null,
      planeWebUrl: null,
      requestsPerMinute: 50,
      host: '127.0.0.1',
      port: 8080,
      publicUrl: null,
      feedAccess: 'open',
      feedOptions: DEFAULT_OPTIONS,
      feedOptionTexts: {},
      feedWarnBytes: 1_000_000,
      dataDir: join('data', 'demo'),
      adminToken: null,
      metricsToken: null,
      secretKey: null,
      webhookSecrets: [],
      trustProxy: 0,
      freshMs: 60_000,
      reconcileMs: 21_600_000,
      cacheMaxBytes: 268_435_456,
      compression: true,
      logLevel: 'info',
      ca: null,
      proxy: { https: null, none: null },
      mirror: null,
    });
  });

  test('empty texts and mere space count as not set', () => {
    const names = ['HOST', 'DATA_DIR', 'CA_FILE', 'NO_PROXY', ...BAD.map(([name]) => name)];
    const empty = Object.fromEntries(names.flatMap((name) => Object.entries({ [name]: '', [`${name}_FILE`]: ' ' })));
    expect(read(empty)).toEqual(read({}));
  });

  test('settings of Plane that are not required leave it the demo', () => {
    expect(read({ PLANE_PROJECTS: 'WEB', PLANE_WEB_URL: 'https://plane.example.com' })).toEqual(read({}));
  });
});

describe('with Plane', () => {
  test('the calendars are closed but for links, unless they are opened', () => {
    expect(read(PLANE)).toMatchObject({
      plane: { apiUrl: 'https://plane.example.com/api/v1', apiKey: KEY, workspace: 'acme', projects: null },
      planeWebUrl: 'https://plane.example.com',
      feedAccess: 'link',
      dataDir: './data',
    });
    expect(read({ ...PLANE, FEED_ACCESS: 'open' }).feedAccess).toBe('open');
  });

  test.each(['', '/', '/api', '/api/', '/api/v1', '/api/v1/'])('PLANE_URL may end with "%s"', (ending) => {
    for (const [base, api, web] of [
      ['https://plane.example.com', 'https://plane.example.com', 'https://plane.example.com'],
      ['HTTPS://Plane.Example.com:443', 'https://plane.example.com', 'https://plane.example.com'],
      ['http://10.0.0.5:8000/tools/plane', 'http://10.0.0.5:8000/tools/plane', 'http://10.0.0.5:8000/tools/plane'],
      ['https://example.com/rapi', 'https://example.com/rapi', 'https://example.com/rapi'],
      ['https://api.plane.so', 'https://api.plane.so', 'https://app.plane.so'],
    ] as const) {
      const { plane, planeWebUrl } = read({ ...PLANE, PLANE_URL: `${base}${ending}` });
      expect([plane?.apiUrl, planeWebUrl]).toEqual([`${api}/api/v1`, web]);
    }
  });

  test('PLANE_PROJECTS is a list, with space and empty places left out', () => {
    expect(read({ ...PLANE, PLANE_PROJECTS: ' WEB, ,app ,' }).plane?.projects).toEqual(['WEB', 'app']);
  });

  test.each<[name: string, value: string, Partial<Config>]>([
    ['PLANE_WEB_URL', 'https://example.com/plane/', { planeWebUrl: 'https://example.com/plane' }],
    ['PLANE_REQUESTS_PER_MINUTE', '5', { requestsPerMinute: 5 }],
    ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
    ['PORT', ' 9090 ', { port: 9090 }],
    ['PUBLIC_URL', 'https://example.com/calendars/', { publicUrl: 'https://example.com/calendars' }],
    [
      'FEED_OPTIONS',
      'done=hide&mode=span',
      {
        feedOptions: { ...DEFAULT_OPTIONS, done: 'hide', mode: 'span' },
        feedOptionTexts: { done: 'hide', mode: 'span' },
      },
    ],
    ['FEED_WARN_BYTES', '500000', { feedWarnBytes: 500_000 }],
    ['DATA_DIR', '/var/lib/plane-ics', { dataDir: '/var/lib/plane-ics' }],
    ['TRUST_PROXY', '1', { trustProxy: 1 }],
    ['FRESH_SECONDS', '30', { freshMs: 30_000 }],
    ['RECONCILE_SECONDS', '3600', { reconcileMs: 3_600_000 }],
    ['CACHE_MAX_BYTES', '1000000', { cacheMaxBytes: 1_000_000 }],
    ['COMPRESSION', 'false', { compression: false }],
    ['LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['CA_FILE', '/ca.pem', { ca: PEM }],
    ['HTTPS_PROXY', 'http://ada:pw@proxy:3128', { proxy: { https: 'http://ada:pw@proxy:3128', none: null } }],
    ['NO_PROXY', '.example.com', { proxy: { https: null, none: '.example.com' } }],
  ])('%s=%s is read', (name, value, expected) => {
    const readFile = files({ '/ca.pem': PEM });
    expect(read({ ...PLANE, [name]: value }, readFile)).toEqual({ ...read(PLANE), ...expected });
  });

  test.each([
    [['PLANE_URL'], 'PLANE_API_KEY and PLANE_WORKSPACE are missing'],
    [['PLANE_API_KEY'], 'PLANE_URL and PLANE_WORKSPACE are missing'],
    [['PLANE_WORKSPACE'], 'PLANE_URL and PLANE_API_KEY are missing'],
    [['PLANE_URL', 'PLANE_API_KEY'], 'PLANE_WORKSPACE is missing'],
    [['PLANE_API_KEY', 'PLANE_WORKSPACE'], 'PLANE_URL is missing'],
  ])('with %s alone it is told that %s', (names, which) => {
    const some = Object.entries(PLANE).filter(([name]) => names.includes(name));
    expect(problems(Object.fromEntries(some))).toEqual([`${which}: ${MISSING}`]);
  });
});

test('every secret may stand in a file, and webhook secrets may be several', () => {
  const texts = { '/a': `${KEY}\n`, '/b': 'one, two\n', '/c': 'c'.repeat(16), '/d': 'd'.repeat(200) };
  const { PLANE_API_KEY: _, ...rest } = PLANE;
  const named = { PLANE_API_KEY_FILE: '/a', PLANE_WEBHOOK_SECRET_FILE: '/b', ADMIN_TOKEN_FILE: '/c' };
  expect(read({ ...rest, ...named, METRICS_TOKEN_FILE: '/d', SECRET_KEY_FILE: '/c' }, files(texts))).toMatchObject({
    plane: { apiKey: KEY },
    webhookSecrets: ['one', 'two'],
    adminToken: 'c'.repeat(16),
    metricsToken: 'd'.repeat(200),
  });
});

describe('the key in a file', () => {
  const { PLANE_URL, PLANE_WORKSPACE } = PLANE;
  const byFile = { PLANE_URL, PLANE_WORKSPACE, PLANE_API_KEY_FILE: '/run/secrets/plane' };

  test('is told once when the file can not be read, or is empty', () => {
    expect([...problems(byFile), ...problems(byFile, files({ '/run/secrets/plane': ' \n' }))]).toEqual([
      "PLANE_API_KEY_FILE names a file that can't be read: check the path and its permissions.",
      'PLANE_API_KEY_FILE names an empty file: write the secret into it.',
    ]);
  });

  test('is refused beside a key in the environment, whichever is right', () => {
    expect(problems({ ...byFile, PLANE_API_KEY: KEY }, files({ '/run/secrets/plane': KEY }))).toEqual([
      'PLANE_API_KEY and PLANE_API_KEY_FILE are both set: keep one of them.',
    ]);
  });

  test('makes the other two required, even when it can not be read', () => {
    expect(problems({ PLANE_API_KEY_FILE: '/nowhere' })).toEqual([
      "PLANE_API_KEY_FILE names a file that can't be read: check the path and its permissions.",
      `PLANE_URL and PLANE_WORKSPACE are missing: ${MISSING}`,
    ]);
  });
});

const SLUG = "must be the workspace's slug alone: the part behind the host in its web address.";
const PROXY = 'must be the address of a proxy such as http://proxy.example.com:3128.';
const TOKEN = 'must have 16 to 200 characters without spaces.';
const ADDRESS = 'must be a web address such as https://plane.example.com, without user name, ? or #.';
const BAD: readonly (readonly [name: string, values: readonly string[], fix: string])[] = [
  ['PLANE_URL', ['plane.example.com', 'ftp://plane.example.com', 'https://ada:pw@plane.example.com'], ADDRESS],
  [
    'PLANE_API_KEY',
    [`"${KEY}"`, `'${KEY}'`, 'Bearer key', 'schlüssel'],
    'must be the key alone, without spaces or quotes.',
  ],
  ['PLANE_WORKSPACE', ['https://app.plane.so/acme', 'acme/', 'Acme Ltd', 'a.b'], SLUG],
  ['PLANE_WEB_URL', ['/plane', 'https://plane.example.com/?', 'https://plane.example.com/#'], ADDRESS],
  ['PLANE_PROJECTS', [',', ' , ,'], 'must be identifiers or ids of projects, such as WEB,APP.'],
  ['PLANE_REQUESTS_PER_MINUTE', ['0', '10001', '1.5'], 'must be a whole number from 1 to 10000.'],
  ['PORT', ['http', '-1', '65536', '1e3', '0x50', '9'.repeat(30)], 'must be a whole number from 0 to 65535.'],
  ['PUBLIC_URL', ['calendars.example.com', 'https://'], ADDRESS],
  ['HTTPS_PROXY', ['proxy.example.com:3128', 'socks5://proxy.example.com'], PROXY],
  ['FEED_ACCESS', ['closed', 'Open'], 'must be one of: link, open.'],
  ['FEED_WARN_BYTES', ['1MB', '999', '-1'], 'must be a whole number from 1000 to 1000000000000.'],
  ['ADMIN_TOKEN', ['short', 'with space in the middle', 'a'.repeat(201)], TOKEN],
  ['METRICS_TOKEN', ['short'], TOKEN],
  ['SECRET_KEY', ['short'], TOKEN],
  ['PLANE_WEBHOOK_SECRET', [','], "must be one or more of Plane's webhook secrets, separated by commas."],
  ['TRUST_PROXY', ['true', '21'], 'must be a whole number from 0 to 20.'],
  ['FRESH_SECONDS', ['0', '86401', '60s'], 'must be a whole number from 1 to 86400.'],
  ['RECONCILE_SECONDS', ['59', '6h'], 'must be a whole number from 60 to 604800.'],
  ['CACHE_MAX_BYTES', ['256MB', '999999'], 'must be a whole number from 1000000 to 1000000000000.'],
  ['COMPRESSION', ['yes', '1', 'TRUE'], 'must be one of: true, false.'],
  ['LOG_LEVEL', ['verbose'], 'must be one of: fatal, error, warn, info, debug, trace, silent.'],
];

describe('a wrong value is told by name, with its fix', () => {
  test.each(BAD.flatMap(([name, values, fix]) => values.map((value) => [name, value, fix] as const)))(
    '%s=%s',
    (name, value, fix) => {
      expect(problems({ ...PLANE, [name]: value })).toEqual([`${name} ${fix}`]);
    },
  );

  test('CA_FILE that can not be read, or holds no certificate', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n';
    expect([...problems({ CA_FILE: '/ca' }), ...problems({ CA_FILE: '/ca' }, files({ '/ca': key }))]).toEqual([
      "CA_FILE names /ca, which can't be read: check the path and its permissions.",
      'CA_FILE names /ca, which holds no certificate: it must be PEM text.',
    ]);
  });

  test('and all of them at once', () => {
    const wrong = Object.fromEntries(BAD.map(([name, values]) => [name, values[0]]));
    const all = problems({ ...wrong, CA_FILE: '/nowhere', FEED_OPTIONS: 'mode=later' });
    const last = ['CA_FILE', 'FEED_OPTIONS'].map((name): unknown => expect.stringContaining(name));
    expect(all).toEqual([...BAD.map(([name, , fix]) => `${name} ${fix}`), ...last]);
  });
});

describe('a mirror', () => {
  const DAV = { MIRROR_URL: 'https://dav.example.com/', MIRROR_USERNAME: 'ada', MIRROR_PASSWORD: 'secret' };

  test('has defaults for all but its address and login', () => {
    expect(read({ ...PLANE, ...DAV }).mirror).toEqual({
      login: {
        server: {
          url: 'https://dav.example.com/',
          auth: 'auto',
          username: 'ada',
          oauth: null,
          caPem: null,
          verify: true,
        },
        secrets: { password: 'secret' },
      },
      calendar: null,
      perProject: false,
      feed: { all: true },
      options: {},
      mirrorId: null,
      checkSeconds: 900,
      brake: { count: 10, percent: 30 },
      policy: 'plane',
    });
  });

  test('takes all that may be said', () => {
    const oauth = {
      MIRROR_URL: 'https://dav.example.com',
      MIRROR_AUTH: 'oauth2',
      MIRROR_OAUTH_CLIENT_ID: 'client',
      MIRROR_OAUTH_CLIENT_SECRET_FILE: '/secret',
      MIRROR_OAUTH_REFRESH_TOKEN: 'refresh',
      MIRROR_OAUTH_TOKEN_URL: 'https://example.com/token',
      MIRROR_CALENDAR: 'per-project',
      MIRROR_FEED: 'WEB, app',
      MIRROR_OPTIONS: 'done=hide&mode=span',
      MIRROR_ID: 'team1',
      MIRROR_CHECK_SECONDS: '60',
      MIRROR_MAX_DELETE: '5, 50%',
      MIRROR_CONFLICT: 'keep',
      MIRROR_CA_FILE: '/ca.pem',
      MIRROR_TLS_VERIFY: 'false',
    };
    expect(read({ ...PLANE, ...oauth }, files({ '/ca.pem': PEM, '/secret': 'client-secret' })).mirror).toMatchObject({
      login: {
        server: { auth: 'oauth2', oauth: { clientId: 'client', tokenUrl: 'https://example.com/token' }, caPem: PEM },
        secrets: { clientSecret: 'client-secret', refreshToken: 'refresh' },
      },
      perProject: true,
      feed: { projects: ['WEB', 'app'] },
      options: { done: 'hide', mode: 'span' },
      mirrorId: 'team1',
      checkSeconds: 60,
      brake: { count: 5, percent: 50 },
      policy: 'keep',
    });
    expect(read({ MIRROR_URL: DAV.MIRROR_URL, MIRROR_FEED: 'person:ada' }).mirror).toMatchObject({
      login: { server: { auth: 'none' } },
      feed: { person: 'ada' },
    });
  });

  const missing = 'MIRROR_URL is missing: set it to the address of the CalDAV server, or take out ';
  test.each<[settings: Environment, told: string]>([
    [{ MIRROR_CALENDAR: 'Work', MIRROR_ID: 'team1' }, `${missing}MIRROR_CALENDAR, MIRROR_ID.`],
    [{ ...DAV, MIRROR_PASSWORD: '' }, 'MIRROR_PASSWORD must be set to log in with MIRROR_AUTH=auto.'],
    [{ ...DAV, MIRROR_USERNAME: 'a:b' }, 'MIRROR_USERNAME must be the user alone, without a colon.'],
    [
      { MIRROR_URL: DAV.MIRROR_URL, MIRROR_AUTH: 'bearer' },
      'MIRROR_PASSWORD must be set to log in with MIRROR_AUTH=bearer.',
    ],
    [
      { MIRROR_URL: DAV.MIRROR_URL, MIRROR_AUTH: 'oauth2', MIRROR_OAUTH_CLIENT_ID: 'x' },
      'MIRROR_OAUTH_CLIENT_SECRET and MIRROR_OAUTH_REFRESH_TOKEN must be set to log in with MIRROR_AUTH=oauth2.',
    ],
    [
      { ...DAV, MIRROR_OAUTH_CLIENT_ID: 'x' },
      'MIRROR_OAUTH_CLIENT_ID needs MIRROR_AUTH=oauth2: set that, or take it out.',
    ],
    [
      { ...DAV, MIRROR_CALENDAR: 'per-project', MIRROR_FEED: 'person:ada' },
      'MIRROR_CALENDAR=per-project needs projects: set MIRROR_FEED to all or to identifiers.',
    ],
    [
      { ...DAV, MIRROR_FEED: 'person:' },
      'MIRROR_FEED must be all, identifiers of projects such as WEB,APP, or person:ada.',
    ],
    [{ ...DAV, MIRROR_ID: 'My team' }, 'MIRROR_ID must have 4 to 16 small letters and digits.'],
    [{ ...DAV, MIRROR_MAX_DELETE: '10' }, 'MIRROR_MAX_DELETE must be a number and a share such as 10,30%.'],
    [{ ...DAV, MIRROR_CHECK_SECONDS: '5' }, 'MIRROR_CHECK_SECONDS must be a whole number from 60 to 604800.'],
    [
      { ...DAV, MIRROR_OAUTH_TOKEN_URL: 'http://example.com', MIRROR_AUTH: 'oauth2' },
      'MIRROR_OAUTH_TOKEN_URL must be an https address.',
    ],
    [
      { ...DAV, MIRROR_CA_FILE: '/ca' },
      "MIRROR_CA_FILE names /ca, which can't be read: check the path and its permissions.",
    ],
    [{ ...DAV, MIRROR_OPTIONS: 'mode=later' }, 'MIRROR_OPTIONS is not right.'],
  ])('%j is told', (settings, told) => {
    expect(problems({ ...PLANE, ...settings }).join(' ')).toContain(told);
  });
});

test('whatever is set, it is taken or told, and a secret is never part of what is told', () => {
  const secret = fc.string({ minLength: 4 }).map((text) => `plane_api_${text}_end`);
  const value = fc.oneof(
    fc.constantFrom('', '1', 'open', PLANE.PLANE_URL, '/key', 'SECRET', 'https://ada:SECRET@plane.example.com'),
    fc.string({ unit: 'binary' }),
  );
  const name = fc.constantFrom(...BAD.flatMap(([one]) => [one, `${one}_FILE`]), 'HOST', 'NO_PROXY');
  const key = fc.constantFrom({ PLANE_API_KEY: 'SECRET' }, { PLANE_API_KEY_FILE: '/key' }, {});
  fc.assert(
    fc.property(secret, fc.dictionary(name, value), key, (text, settings, more) => {
      const filled = Object.entries({ ...settings, ...more }).map(([one, given]) => [
        one,
        given.replace('SECRET', () => text),
      ]);
      const told = problems(Object.fromEntries(filled) as Environment, files({ '/key': text }));
      expect(told.filter((one) => one.includes(text) || !/^[A-Z].{20,}\.$/.test(one))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
