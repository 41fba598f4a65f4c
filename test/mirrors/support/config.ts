import type { MirrorConfig } from '../../../src/mirrors/mirror.ts';
import { NOON, PROJECT_ID } from '../../support/make.ts';

/** A mirror that was made over the API, with a password. */
export function aConfig(fields: Partial<MirrorConfig> = {}): MirrorConfig {
  return {
    id: 'a1',
    mirrorId: 'abcd1234',
    name: 'Team',
    scope: { kind: 'projects', projectIds: [PROJECT_ID] },
    options: {},
    pins: {},
    server: {
      url: 'https://dav.example.com/',
      auth: 'auto',
      username: 'alice',
      oauth: null,
      caPem: null,
      verify: true,
    },
    calendar: { url: null, name: 'Plane' },
    policy: 'plane',
    deletionGuard: { count: 10, percent: 30 },
    checkSeconds: 900,
    pastEvents: false,
    keepOthers: true,
    paused: false,
    createdAt: NOON,
    from: 'api',
    anchor: 'Plane',
    secrets: { password: 'secret' },
    ...fields,
  };
}
