import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import type { Config } from '../../src/config/config.ts';
import { BAD, files, KEY, PEM, PLANE, problems, read } from '../support/config.ts';

const MISSING = 'set PLANE_URL, PLANE_API_KEY, PLANE_WORKSPACE together, or none of them for the demo.';

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
      feedWarnBytes: 1_000_000,
      dataDir: join('data', 'demo'),
      database: null,
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
      logFormat: null,
      selfService: false,
      memberMs: 2_592_000_000,
      ca: null,
      proxy: { https: null, http: null, none: null },
      sourceAllow: [],
      sourceProxy: false,
      mirror: null,
      warnings: [],
    });
  });

  test('empty texts and mere space count as not set', () => {
    const names = ['DATA_DIR', 'CA_FILE', 'https_proxy', 'no_proxy', ...BAD.map(([name]) => name)];
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
    ['HOST', '[::]', { host: '::' }],
    ['HOST', 'fe80::1%eth0', { host: 'fe80::1%eth0' }],
    ['HOST', '[fe80::1%eth0]', { host: 'fe80::1%eth0' }],
    ['HOST', 'calendars.example.com', { host: 'calendars.example.com' }],
    ['PORT', ' 9090 ', { port: 9090 }],
    ['PUBLIC_URL', 'https://example.com/calendars/', { publicUrl: 'https://example.com/calendars' }],
    [
      'FEED_OPTIONS',
      'done=hide&mode=span',
      {
        feedOptions: { ...DEFAULT_OPTIONS, done: 'hide', mode: 'span' },
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
    ['LOG_FORMAT', 'pretty', { logFormat: 'pretty' }],
    ['CA_FILE', '/ca.pem', { ca: PEM }],
    [
      'HTTPS_PROXY',
      'http://ada:pw@proxy:3128',
      { proxy: { https: 'http://ada:pw@proxy:3128/', http: null, none: null } },
    ],
    ['HTTPS_PROXY', 'proxy:3128', { proxy: { https: 'http://proxy:3128/', http: null, none: null } }],
    ['https_proxy', 'http://proxy:3128', { proxy: { https: 'http://proxy:3128/', http: null, none: null } }],
    ['HTTP_PROXY', 'http://proxy', { proxy: { https: null, http: 'http://proxy/', none: null } }],
    ['http_proxy', 'https://proxy', { proxy: { https: null, http: 'https://proxy/', none: null } }],
    ['no_proxy', '::1, 10.0.0.0/8', { proxy: { https: null, http: null, none: '::1, 10.0.0.0/8' } }],
    ['NO_PROXY', '.example.com', { proxy: { https: null, http: null, none: '.example.com' } }],
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

  test("is reported once when the file can't be read, or is empty", () => {
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

describe('sources', () => {
  test.each([
    ['nextcloud.lan', ['nextcloud.lan']],
    ['10.0.0.0/8, [::1] ,nas.lan', ['10.0.0.0/8', '[::1]', 'nas.lan']],
  ])('SOURCE_ALLOW=%s is a list of hosts and networks', (SOURCE_ALLOW, expected) => {
    expect(read({ SOURCE_ALLOW }).sourceAllow).toEqual(expected);
  });

  test.each(['https://nextcloud.lan', '10.0.0.0/33', 'nextcloud.lan:8443', ','])(
    'SOURCE_ALLOW=%s is refused',
    (SOURCE_ALLOW) => {
      expect(() => read({ SOURCE_ALLOW })).toThrow('SOURCE_ALLOW must');
    },
  );
});
