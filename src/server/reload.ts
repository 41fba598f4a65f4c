import { isDeepStrictEqual } from 'node:util';
import { allowsSelfService, type Config } from '../config/config.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../config/settings.ts';

/** Which settings change while the server runs. */

/** Names of settings whose values differ; never the values. */
export interface Reloaded {
  /** Applied by this reload. */
  readonly changed: readonly SettingName[];
  /** Differs from the start, and stays as it was. */
  readonly needsRestart: readonly SettingName[];
}

type Part = (config: Config) => unknown;

/** What each setting decides: two configurations with equal parts have the same effective value of it. */
const PARTS: Readonly<Record<SettingName, Part>> = {
  PLANE_URL: ({ plane }) => plane?.apiUrl,
  PLANE_API_KEY: ({ plane }) => plane?.apiKey,
  PLANE_WORKSPACE: ({ plane }) => plane?.workspace,
  PLANE_PROJECTS: ({ plane }) => plane?.projects,
  PLANE_WEB_URL: ({ planeWebUrl }) => planeWebUrl,
  PLANE_WEBHOOK_SECRET: ({ webhookSecrets }) => webhookSecrets,
  PLANE_REQUESTS_PER_MINUTE: ({ requestsPerMinute }) => requestsPerMinute,
  CA_FILE: ({ ca }) => ca,
  HTTPS_PROXY: ({ proxy }) => proxy.https,
  HTTP_PROXY: ({ proxy }) => proxy.http,
  NO_PROXY: ({ proxy }) => proxy.none,
  FEED_ACCESS: ({ feedAccess }) => feedAccess,
  FEED_OPTIONS: ({ feedOptions }) => feedOptions,
  FEED_WARN_BYTES: ({ feedWarnBytes }) => feedWarnBytes,
  HOST: ({ host }) => host,
  PORT: ({ port }) => port,
  PUBLIC_URL: ({ publicUrl }) => publicUrl,
  TRUST_PROXY: ({ trustProxy }) => trustProxy,
  ADMIN_TOKEN: ({ adminToken }) => adminToken,
  METRICS_TOKEN: ({ metricsToken }) => metricsToken,
  SELF_SERVICE: ({ selfService }) => selfService,
  MEMBER_DAYS: ({ memberMs }) => memberMs,
  DATA_DIR: ({ dataDir }) => dataDir,
  DATABASE_URL: ({ database }) => database,
  SECRET_KEY: ({ secretKey }) => secretKey,
  FRESH_SECONDS: ({ freshMs }) => freshMs,
  RECONCILE_SECONDS: ({ reconcileMs }) => reconcileMs,
  CACHE_MAX_BYTES: ({ cacheMaxBytes }) => cacheMaxBytes,
  COMPRESSION: ({ compression }) => compression,
  LOG_LEVEL: ({ logLevel }) => logLevel,
  LOG_FORMAT: ({ logFormat }) => logFormat,
  SOURCE_ALLOW: ({ sourceAllow }) => sourceAllow,
  SOURCE_PROXY: ({ sourceProxy }) => sourceProxy,
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

/** What a setting decides, as JSON. */
export function settingOf(name: SettingName, config: Config): unknown {
  return PARTS[name](config);
}

const RELOADABLE = SETTING_NAMES.filter((name) => SETTINGS[name].reloadable);
const FIXED = SETTING_NAMES.filter((name) => !SETTINGS[name].reloadable);
const WHICH_PLANE: readonly SettingName[] = ['PLANE_URL', 'PLANE_WORKSPACE'];

/** The settings in effect. */
export interface LiveConfig {
  current(): Config;
  /** Applies the settings that may change. */
  apply(next: Config): Reloaded;
}

export function createLiveConfig(started: Config): LiveConfig {
  let current = started;
  return {
    current: () => current,
    apply: (next) => {
      // The demo and a real Plane have different stores and credentials: switching between them needs a restart.
      const switches = (started.plane === null) !== (next.plane === null);
      if (switches) return { changed: [], needsRestart: differing(SETTING_NAMES, started, next) };
      const applied = withoutWaiting(next, current);
      const changed = differing(RELOADABLE, current, applied);
      const needsRestart = [...differing(FIXED, started, next), ...differing(RELOADABLE, applied, next)];
      current = { ...started, ...reloadableParts(applied, current) };
      return { changed, needsRestart };
    },
  };
}

/**
 * The next configuration without what has to wait for a setting that needs a restart: the old Plane never gets the key of a new one, and
 * nobody signs in at an address without HTTPS.
 */
function withoutWaiting(next: Config, current: Config): Config {
  const isSamePlane = differing(WHICH_PLANE, current, next).length === 0;
  const { plane, webhookSecrets } = isSamePlane ? next : current;
  return { ...next, plane, webhookSecrets, selfService: next.selfService && allowsSelfService(current) };
}

function differing(names: readonly SettingName[], a: Config, b: Config): SettingName[] {
  return names.filter((name) => !isDeepStrictEqual(PARTS[name](a), PARTS[name](b)));
}

function reloadableParts(next: Config, old: Config): Partial<Config> {
  const { webhookSecrets, requestsPerMinute, feedAccess, feedWarnBytes, compression, adminToken } = next;
  const { metricsToken, selfService, memberMs, freshMs, reconcileMs, logLevel, sourceAllow, warnings } = next;
  return {
    plane: old.plane && next.plane && { ...old.plane, apiKey: next.plane.apiKey, projects: next.plane.projects },
    webhookSecrets,
    requestsPerMinute,
    feedAccess,
    // Calendars are cached by the identity of their defaults.
    feedOptions: isDeepStrictEqual(next.feedOptions, old.feedOptions) ? old.feedOptions : next.feedOptions,
    feedWarnBytes,
    compression,
    adminToken,
    metricsToken,
    selfService,
    memberMs,
    freshMs,
    reconcileMs,
    logLevel,
    sourceAllow,
    warnings,
  };
}
