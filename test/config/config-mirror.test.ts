import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../src/config/config.ts';
import { files, PEM, PLANE, problems, read } from '../support/config.ts';

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
      deletionGuard: { count: 10, percent: 30 },
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
      deletionGuard: { count: 5, percent: 50 },
      policy: 'keep',
    });
    expect(read({ MIRROR_URL: DAV.MIRROR_URL, MIRROR_FEED: 'person:ada' }).mirror).toMatchObject({
      login: { server: { auth: 'none' } },
      feed: { person: 'ada' },
    });
  });

  const missing = 'MIRROR_URL is missing: set it to the address of the CalDAV server, or remove ';
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
      'MIRROR_OAUTH_CLIENT_ID needs MIRROR_AUTH=oauth2: set that, or remove it.',
    ],
    [
      { ...DAV, MIRROR_CALENDAR: 'per-project', MIRROR_FEED: 'person:ada' },
      'MIRROR_CALENDAR=per-project needs projects: set MIRROR_FEED to all or to identifiers.',
    ],
    [
      { ...DAV, MIRROR_FEED: 'person:' },
      'MIRROR_FEED must be all, identifiers of projects such as WEB,APP, or person:ada.',
    ],
    [{ ...DAV, MIRROR_ID: 'My team' }, 'MIRROR_ID must have 4 to 16 lower-case letters and digits.'],
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
    [{ ...DAV, MIRROR_OPTIONS: 'mode=later' }, 'MIRROR_OPTIONS is invalid.'],
  ])('%j is told', (settings, told) => {
    expect(problems({ ...PLANE, ...settings }).join(' ')).toContain(told);
  });
});
