import { describe, expect, test } from '@jest/globals';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../../src/config/settings.ts';
import { createLiveConfig } from '../../src/server/reload.ts';
import { files, PEM, read } from '../support/config.ts';

/** Every setting against the table: what a reload applies, and what it leaves as it was. */

const START: Partial<Record<SettingName, string>> = {
  PLANE_URL: 'https://plane.example.com',
  PLANE_API_KEY: 'plane_api_one',
  PLANE_WORKSPACE: 'acme',
  ADMIN_TOKEN: 'the-first-admin-token',
  SECRET_KEY: 'the-first-secret-key',
  MIRROR_URL: 'https://dav.example.com',
  MIRROR_AUTH: 'oauth2',
  MIRROR_USERNAME: 'ada',
  MIRROR_PASSWORD: 'one',
  MIRROR_OAUTH_CLIENT_ID: 'one',
  MIRROR_OAUTH_CLIENT_SECRET: 'one',
  MIRROR_OAUTH_REFRESH_TOKEN: 'one',
};
/** For each setting a value other than its default and than `START`. */
const OTHER: Readonly<Record<SettingName, string>> = {
  PLANE_URL: 'https://other.example.com',
  PLANE_API_KEY: 'plane_api_two',
  PLANE_WORKSPACE: 'other',
  PLANE_PROJECTS: 'WEB',
  PLANE_WEB_URL: 'https://web.example.com',
  PLANE_WEBHOOK_SECRET: 'plane_wh_two',
  PLANE_REQUESTS_PER_MINUTE: '20',
  CA_FILE: '/ca.pem',
  HTTPS_PROXY: 'http://proxy:3128',
  HTTP_PROXY: 'http://proxy:3128',
  NO_PROXY: 'example.com',
  FEED_ACCESS: 'open',
  FEED_OPTIONS: 'mode=span',
  FEED_WARN_BYTES: '2000',
  HOST: '0.0.0.0',
  PORT: '9090',
  PUBLIC_URL: 'https://calendars.example.com',
  TRUST_PROXY: '1',
  ADMIN_TOKEN: 'another-admin-token',
  METRICS_TOKEN: 'another-metrics-token',
  SELF_SERVICE: 'true',
  MEMBER_DAYS: '7',
  DATA_DIR: '/var/lib/plane-ics',
  DATABASE_URL: 'postgres://ada:password@db.example.com/plane_ics',
  SECRET_KEY: 'another-secret-key',
  FRESH_SECONDS: '30',
  RECONCILE_SECONDS: '3600',
  CACHE_MAX_BYTES: '1000000',
  COMPRESSION: 'false',
  LOG_LEVEL: 'debug',
  LOG_FORMAT: 'pretty',
  SOURCE_ALLOW: 'nextcloud.lan,10.0.0.0/8',
  SOURCE_PROXY: 'true',
  MIRROR_URL: 'https://other.example.com',
  MIRROR_USERNAME: 'grace',
  MIRROR_PASSWORD: 'two',
  MIRROR_AUTH: 'basic',
  MIRROR_OAUTH_CLIENT_ID: 'two',
  MIRROR_OAUTH_CLIENT_SECRET: 'two',
  MIRROR_OAUTH_REFRESH_TOKEN: 'two',
  MIRROR_OAUTH_TOKEN_URL: 'https://login.example.com/token',
  MIRROR_CALENDAR: 'Plane',
  MIRROR_FEED: 'WEB',
  MIRROR_OPTIONS: 'mode=span',
  MIRROR_ID: 'team1',
  MIRROR_CHECK_SECONDS: '60',
  MIRROR_MAX_DELETE: '5,50%',
  MIRROR_CONFLICT: 'keep',
  MIRROR_CA_FILE: '/ca.pem',
  MIRROR_TLS_VERIFY: 'false',
};

const { MIRROR_AUTH: _oauth, MIRROR_OAUTH_CLIENT_ID: _id, ...rest } = START;
const { MIRROR_OAUTH_CLIENT_SECRET: _secret, MIRROR_OAUTH_REFRESH_TOKEN: _refresh, ...withPassword } = rest;

describe.each(SETTING_NAMES)('%s', (name) => {
  const readFile = files({ '/ca.pem': PEM });
  const started = read(START, readFile);
  // Another way to log in excludes the settings of the first.
  const next = read({ ...(name === 'MIRROR_AUTH' ? withPassword : START), [name]: OTHER[name] }, readFile);

  test(SETTINGS[name].reloadable ? 'takes effect at once' : 'needs a restart', () => {
    const live = createLiveConfig(started);
    const { changed, needsRestart } = live.apply(next);
    if (SETTINGS[name].reloadable) {
      expect({ changed, needsRestart }).toEqual({ changed: [name], needsRestart: [] });
      expect(live.current()).toEqual(next);
    } else {
      expect({ changed, first: needsRestart.includes(name) }).toEqual({ changed: [], first: true });
      expect(live.current()).toEqual(started);
    }
  });
});

describe('with another Plane', () => {
  const plane = { PLANE_URL: 'https://old.example.com', PLANE_API_KEY: 'plane_api_old', PLANE_WORKSPACE: 'acme' };
  const theirs = { PLANE_API_KEY: 'plane_api_new', PLANE_PROJECTS: 'NEW', PLANE_WEBHOOK_SECRET: 'plane_wh_new' };

  test.each([{ PLANE_URL: 'https://new.example.com' }, { PLANE_WORKSPACE: 'other' }])(
    '(%o) its key, projects and secret wait for the restart, and nothing else does',
    (other) => {
      const live = createLiveConfig(read(plane));
      const next = read({ ...plane, ...theirs, ...other, FRESH_SECONDS: '30' });
      for (const changed of [['FRESH_SECONDS'], []]) {
        const reloaded = live.apply(next);
        expect(reloaded.changed).toEqual(changed);
        expect(reloaded.needsRestart).toEqual(expect.arrayContaining([...Object.keys(theirs), ...Object.keys(other)]));
      }
      expect(live.current()).toEqual(read({ ...plane, FRESH_SECONDS: '30' }));
      expect(live.apply(read({ ...plane, PLANE_API_KEY: 'plane_api_two' })).changed).toContain('PLANE_API_KEY');
    },
  );
});

describe('signing in', () => {
  const http = { ...START, PUBLIC_URL: 'http://calendars.example.com' };
  const https = { ...START, PUBLIC_URL: 'https://calendars.example.com' };

  test('is not switched on while the address without HTTPS is in effect', () => {
    const live = createLiveConfig(read(http));
    const { changed, needsRestart } = live.apply(read({ ...https, SELF_SERVICE: 'true' }));
    expect([changed, needsRestart]).toEqual([[], ['PUBLIC_URL', 'SELF_SERVICE']]);
    expect(live.current().selfService).toBe(false);
  });

  test('is switched off at once, whatever else changes', () => {
    const live = createLiveConfig(read({ ...https, SELF_SERVICE: 'true' }));
    expect(live.apply(read({ ...http, SELF_SERVICE: 'false' })).changed).toEqual(['SELF_SERVICE']);
    expect(live.current().selfService).toBe(false);
  });
});
