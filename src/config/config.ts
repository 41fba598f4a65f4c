import { join } from 'node:path';
import { DEFAULT_OPTIONS, parseOptions } from '../views/options/options.ts';
import type { FeedOptions } from '../domain/feed.ts';
import { AppError, errorMessage } from '../domain/errors.ts';
import type { LogFormat, LogLevel } from '../lib/log.ts';
import type { ProxySettings } from '../lib/proxy.ts';
import type { MirrorSettings } from '../mirrors/from-settings.ts';
import type { DatabaseAddress } from '../store/postgres/address.ts';
import { mirrorProblems, mirrorSettings } from './mirror-config.ts';
import { parseSettings, type SettingName, type Settings } from './settings.ts';
import { readTexts, type Environment, type ReadFile, type Texts } from './texts.ts';
import { unknownSettings } from './unknown-settings.ts';
import { isSafeAddress } from './values.ts';

export type { Environment, ReadFile } from './texts.ts';

/** Settings as the program uses them: valid, and in its own units. */
export interface Config {
  /** null: the demo. */
  readonly plane: PlaneConfig | null;
  /** Base URL for links back to Plane, without a trailing slash; null: the demo's own pages. */
  readonly planeWebUrl: string | null;
  readonly requestsPerMinute: number;
  readonly host: string;
  readonly port: number;
  /** Without a trailing slash; null: derived from the port. */
  readonly publicUrl: string | null;
  readonly feedAccess: 'link' | 'open';
  /** Defaults of every feed. */
  readonly feedOptions: FeedOptions;
  /** A calendar with more bytes has a warning. */
  readonly feedWarnBytes: number;
  /** Folder of the store; with a database only of the socket for commands. */
  readonly dataDir: string;
  /** The database that has the store; null: the folder has it. */
  readonly database: DatabaseAddress | null;
  /** null: generated once, and stored in the data folder. */
  readonly adminToken: string | null;
  readonly metricsToken: string | null;
  /** Whether people may sign in with a Plane API key of their own. */
  readonly selfService: boolean;
  /** How long a sign-in gives access. */
  readonly memberMs: number;
  /** Encrypts stored secrets; null: generated once, and stored in the data folder. */
  readonly secretKey: string | null;
  readonly webhookSecrets: readonly string[];
  /** Number of reverse proxies whose X-Forwarded-For is trusted. */
  readonly trustProxy: number;
  readonly freshMs: number;
  readonly reconcileMs: number;
  readonly cacheMaxBytes: number;
  readonly compression: boolean;
  readonly logLevel: LogLevel;
  /** null: `pretty` on a terminal, else `json`. */
  readonly logFormat: LogFormat | null;
  /** PEM of additional certificate authorities for Plane. */
  readonly ca: string | null;
  readonly proxy: ProxySettings;
  /** Private hosts and networks that sources may be read from. */
  readonly sourceAllow: readonly string[];
  /** Whether sources are read through the proxy. */
  readonly sourceProxy: boolean;
  /** null: no mirror is configured. */
  readonly mirror: MirrorSettings | null;
  /** What looks like a mistake but doesn't prevent a start: sentences. */
  readonly warnings: readonly string[];
}

/** How Plane is reached, and what may be published. */
export interface PlaneConfig {
  /** Ends in "/api/v1". */
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly workspace: string;
  /** Identifiers or ids that may be published; null for all. */
  readonly projects: readonly string[] | null;
}

/** Everything wrong with the settings: sentences that name the setting and the fix. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const DAY_MS = 86_400_000;
/** Plane Cloud has its API and its web app at different addresses. */
const CLOUD_API_HOST = 'api.plane.so';
const CLOUD_WEB_URL = 'https://app.plane.so';

/** Settings without which servers can't share a database. */
const SHARED: readonly SettingName[] = ['SECRET_KEY', 'ADMIN_TOKEN'];
const REQUIRED: readonly SettingName[] = ['PLANE_URL', 'PLANE_API_KEY', 'PLANE_WORKSPACE'];

/**
 * Reads and validates all settings.
 *
 * Throws `ConfigError` with all problems together. A problem never includes the value of a secret.
 */
export function readConfig(environment: Environment, readFile: ReadFile): Config {
  const texts = readTexts(environment, readFile);
  const { settings, problems } = parseSettings(texts.values);
  const feedOptions = readOptions(texts.values.FEED_OPTIONS);
  const all = [
    ...texts.problems,
    ...problems.map(({ name, message }) => `${texts.labelOf(name)} ${message}`),
    ...missingProblems(texts),
    ...databaseProblems(texts),
    ...(problems.length === 0 ? selfServiceProblems(settings) : []),
    ...(feedOptions instanceof Error ? [`FEED_OPTIONS is invalid. ${errorMessage(feedOptions)}`] : []),
    ...mirrorProblems(texts.given, texts.values, feedOptions instanceof Error ? DEFAULT_OPTIONS : feedOptions),
  ];
  if (feedOptions instanceof Error || all.length > 0) throw new ConfigError(all);
  return toConfig(settings, feedOptions, unknownSettings(environment));
}

/** The folder in use: the demo has one of its own in DATA_DIR. */
export function dataFolder(dataDir: string, plane: PlaneConfig | null): string {
  return plane === null ? join(dataDir, 'demo') : dataDir;
}

function toConfig(settings: Settings, feedOptions: FeedOptions, warnings: readonly string[]): Config {
  const plane = planeConfig(settings);
  return {
    plane,
    planeWebUrl: plane === null ? null : webUrl(settings.PLANE_WEB_URL, plane.apiUrl),
    requestsPerMinute: settings.PLANE_REQUESTS_PER_MINUTE,
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL ?? null,
    feedAccess: settings.FEED_ACCESS ?? (plane === null ? 'open' : 'link'),
    feedOptions,
    feedWarnBytes: settings.FEED_WARN_BYTES,
    dataDir: dataFolder(settings.DATA_DIR, plane),
    database: settings.DATABASE_URL ?? null,
    ...secretsOf(settings),
    selfService: settings.SELF_SERVICE === 'true',
    memberMs: settings.MEMBER_DAYS * DAY_MS,
    trustProxy: settings.TRUST_PROXY,
    freshMs: settings.FRESH_SECONDS * 1000,
    reconcileMs: settings.RECONCILE_SECONDS * 1000,
    cacheMaxBytes: settings.CACHE_MAX_BYTES,
    compression: settings.COMPRESSION === 'true',
    logLevel: settings.LOG_LEVEL,
    logFormat: settings.LOG_FORMAT ?? null,
    ca: settings.CA_FILE ?? null,
    proxy: proxyOf(settings),
    sourceAllow: settings.SOURCE_ALLOW ?? [],
    sourceProxy: settings.SOURCE_PROXY === 'true',
    mirror: mirrorSettings(settings),
    warnings,
  };
}

function secretsOf(settings: Settings): Pick<Config, 'adminToken' | 'metricsToken' | 'secretKey' | 'webhookSecrets'> {
  return {
    adminToken: settings.ADMIN_TOKEN ?? null,
    metricsToken: settings.METRICS_TOKEN ?? null,
    secretKey: settings.SECRET_KEY ?? null,
    webhookSecrets: settings.PLANE_WEBHOOK_SECRET ?? [],
  };
}

function proxyOf(settings: Settings): ProxySettings {
  return {
    https: settings.HTTPS_PROXY ?? null,
    http: settings.HTTP_PROXY ?? null,
    none: settings.NO_PROXY ?? null,
  };
}

/** Plane's three settings are all set, or none of them. */
function missingProblems({ given }: Texts): string[] {
  const missing = REQUIRED.filter((name) => !given.has(name));
  if (missing.length === 0 || missing.length === REQUIRED.length) return [];
  const which = `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`;
  return [`${which}: set ${REQUIRED.join(', ')} together, or none of them for the demo.`];
}

/** The demo must not touch the database of a deployment. Where the secrets are not in a folder, every server has to get the same ones. */
function databaseProblems({ given }: Texts): string[] {
  const missing = SHARED.filter((name) => !given.has(name));
  if (!given.has('DATABASE_URL')) return [];
  if (!REQUIRED.some((name) => given.has(name)))
    return [
      `DATABASE_URL requires ${REQUIRED.join(', ')}: without them this is the demo, which stays out of the database. Set them, or remove DATABASE_URL.`,
    ];
  if (missing.length === 0) return [];
  return [
    `DATABASE_URL requires ${missing.join(' and ')}, the same for all servers: set ${missing.length > 1 ? 'each' : 'it'} to the output of "openssl rand -base64 32", or to what is in DATA_DIR.`,
  ];
}

/** Whether people may send their API keys: nobody on the way may read them. */
export function allowsSelfService({ publicUrl, host }: Pick<Config, 'publicUrl' | 'host'>): boolean {
  return isSafeAddress(`${publicUrl ?? `http://${urlHost(host)}`}/`);
}

function selfServiceProblems({ SELF_SERVICE, PUBLIC_URL, HOST }: Settings): string[] {
  if (SELF_SERVICE === 'false' || allowsSelfService({ publicUrl: PUBLIC_URL ?? null, host: HOST })) return [];
  return [
    'SELF_SERVICE requires HTTPS, since people sign in with their Plane API keys: set PUBLIC_URL to an address that begins with https://, or SELF_SERVICE to false.',
  ];
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function readOptions(query: string | undefined): FeedOptions | Error {
  try {
    return parseOptions(new URLSearchParams(query));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function planeConfig(settings: Settings): PlaneConfig | null {
  const { PLANE_URL: url, PLANE_API_KEY: apiKey, PLANE_WORKSPACE: workspace } = settings;
  if (url === undefined || apiKey === undefined || workspace === undefined) return null;
  const apiUrl = `${url.replace(/\/api(?:\/v1)?$/, '')}/api/v1`;
  return { apiUrl, apiKey, workspace, projects: settings.PLANE_PROJECTS ?? null };
}

function webUrl(given: string | undefined, apiUrl: string): string {
  if (given !== undefined) return given;
  return new URL(apiUrl).host === CLOUD_API_HOST ? CLOUD_WEB_URL : apiUrl.replace(/\/api\/v1$/, '');
}
