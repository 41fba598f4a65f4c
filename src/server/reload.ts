import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';

/** Which settings change while the server runs, and what is told of a reload. */

/** Names of settings that differ from those that held before; never their values. */
export interface Reloaded {
  readonly changed: readonly string[];
  /** What differs from the start, and goes on as it was. */
  readonly needsRestart: readonly string[];
}

type Part = (config: Config) => unknown;

/** What takes effect at once. */
export const LIVE: Readonly<Record<string, Part>> = {
  PLANE_API_KEY: ({ plane }) => plane?.apiKey,
  PLANE_PROJECTS: ({ plane }) => plane?.projects,
  PLANE_WEBHOOK_SECRET: ({ webhookSecrets }) => webhookSecrets,
  PLANE_REQUESTS_PER_MINUTE: ({ requestsPerMinute }) => requestsPerMinute,
  FEED_ACCESS: ({ feedAccess }) => feedAccess,
  FEED_OPTIONS: ({ feedOptions }) => feedOptions,
  FEED_WARN_BYTES: ({ feedWarnBytes }) => feedWarnBytes,
  COMPRESSION: ({ compression }) => compression,
  ADMIN_TOKEN: ({ adminToken }) => adminToken,
  METRICS_TOKEN: ({ metricsToken }) => metricsToken,
  FRESH_SECONDS: ({ freshMs }) => freshMs,
  RECONCILE_SECONDS: ({ reconcileMs }) => reconcileMs,
  LOG_LEVEL: ({ logLevel }) => logLevel,
};

/** What holds from start to end. */
export const AT_START: Readonly<Record<string, Part>> = {
  PLANE_URL: ({ plane }) => plane?.apiUrl,
  PLANE_WORKSPACE: ({ plane }) => plane?.workspace,
  PLANE_WEB_URL: ({ planeWebUrl }) => planeWebUrl,
  CA_FILE: ({ ca }) => ca,
  HTTPS_PROXY: ({ proxy }) => proxy.https,
  HTTP_PROXY: ({ proxy }) => proxy.http,
  NO_PROXY: ({ proxy }) => proxy.none,
  HOST: ({ host }) => host,
  PORT: ({ port }) => port,
  PUBLIC_URL: ({ publicUrl }) => publicUrl,
  TRUST_PROXY: ({ trustProxy }) => trustProxy,
  DATA_DIR: ({ dataDir }) => dataDir,
  SECRET_KEY: ({ secretKey }) => secretKey,
  CACHE_MAX_BYTES: ({ cacheMaxBytes }) => cacheMaxBytes,
  MIRROR_URL: ({ mirror }) => mirror?.login.server.url,
  MIRROR_USERNAME: ({ mirror }) => mirror?.login.server.username,
  MIRROR_PASSWORD: ({ mirror }) => mirror?.login.secrets.password,
  MIRROR_AUTH: ({ mirror }) => mirror?.login.server.auth,
  MIRROR_OAUTH_CLIENT_ID: ({ mirror }) => mirror?.login.server.oauth?.clientId,
  MIRROR_OAUTH_CLIENT_SECRET: ({ mirror }) => mirror?.login.secrets.clientSecret,
  MIRROR_OAUTH_REFRESH_TOKEN: ({ mirror }) => mirror?.login.secrets.refreshToken,
  MIRROR_OAUTH_TOKEN_URL: ({ mirror }) => mirror?.login.server.oauth?.tokenUrl,
  MIRROR_CALENDAR: ({ mirror }) => mirror && [mirror.calendar, mirror.perProject],
  MIRROR_FEED: ({ mirror }) => mirror?.feed,
  MIRROR_OPTIONS: ({ mirror }) => mirror?.options,
  MIRROR_ID: ({ mirror }) => mirror?.mirrorId,
  MIRROR_CHECK_SECONDS: ({ mirror }) => mirror?.checkSeconds,
  MIRROR_MAX_DELETE: ({ mirror }) => mirror?.deletionGuard,
  MIRROR_CONFLICT: ({ mirror }) => mirror?.policy,
  MIRROR_CA_FILE: ({ mirror }) => mirror?.login.server.caPem,
  MIRROR_TLS_VERIFY: ({ mirror }) => mirror?.login.server.verify,
};

/** The settings that hold now. */
export interface Live {
  current(): Config;
  /** Takes over what may change. */
  take(next: Config): Reloaded;
}

export function createLive(started: Config): Live {
  let current = started;
  return {
    current: () => current,
    take: (next) => {
      // The demo and a Plane of one's own are two lives: nothing is carried from one into the other.
      const isOther = (started.plane === null) !== (next.plane === null);
      const changed = isOther ? [] : differing(LIVE, current, next);
      const needsRestart = differing(isOther ? { ...AT_START, ...LIVE } : AT_START, started, next);
      if (!isOther) current = { ...started, ...takenFrom(next, current) };
      return { changed, needsRestart };
    },
  };
}

function differing(parts: Readonly<Record<string, Part>>, a: Config, b: Config): string[] {
  return Object.keys(parts).filter((name) => !isDeepStrictEqual(parts[name]?.(a), parts[name]?.(b)));
}

function takenFrom(next: Config, old: Config): Partial<Config> {
  const { webhookSecrets, requestsPerMinute, feedAccess, feedWarnBytes, compression, adminToken } = next;
  const { metricsToken, freshMs, reconcileMs, logLevel } = next;
  return {
    plane: old.plane && next.plane && { ...old.plane, apiKey: next.plane.apiKey, projects: next.plane.projects },
    webhookSecrets,
    requestsPerMinute,
    feedAccess,
    // The same object while it is the same: calendars are told apart by what they were made over.
    feedOptions: isDeepStrictEqual(next.feedOptions, old.feedOptions) ? old.feedOptions : next.feedOptions,
    feedWarnBytes,
    compression,
    adminToken,
    metricsToken,
    freshMs,
    reconcileMs,
    logLevel,
  };
}
