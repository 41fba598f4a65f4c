import { join } from 'node:path';
import { DEFAULT_OPTIONS, parseOptions } from '../views/options.ts';
import type { FeedOptions } from '../domain/feed.ts';
import { errorMessage } from '../domain/errors.ts';
import type { LogLevel } from '../lib/log.ts';
import { mirrorProblems, mirrorSettings } from './mirror-config.ts';
import type { MirrorSettings } from '../mirrors/from-settings.ts';
import type { ProxySettings } from '../lib/proxy.ts';
import { EITHER_CASE, SECRETS, settings, type Settings } from './settings.ts';

/** Settings as the program uses them: checked as a whole, in its own units. */
export interface Config {
  /** null: the demo. */
  readonly plane: PlaneConfig | null;
  /** Base of links back to Plane, without a slash at its end; null: the demo's own pages. */
  readonly planeWebUrl: string | null;
  readonly requestsPerMinute: number;
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end; null: made from the port that is listened on. */
  readonly publicUrl: string | null;
  readonly feedAccess: 'link' | 'open';
  /** What holds where a link or an address asks for nothing else. */
  readonly feedOptions: FeedOptions;
  /** The same as given, by name. */
  readonly feedOptionTexts: Readonly<Record<string, string>>;
  /** Above so many bytes a calendar warns. */
  readonly feedWarnBytes: number;
  /** Folder of the store. */
  readonly dataDir: string;
  /** null: made once, and kept in the data folder. */
  readonly adminToken: string | null;
  readonly metricsToken: string | null;
  /** Encrypts what is kept and must be read again; null: made once, and kept in the data folder. */
  readonly secretKey: string | null;
  readonly webhookSecrets: readonly string[];
  /** Proxies in front whose X-Forwarded-For is believed. */
  readonly trustProxy: number;
  readonly freshMs: number;
  readonly reconcileMs: number;
  readonly cacheMaxBytes: number;
  readonly compression: boolean;
  readonly logLevel: LogLevel;
  /** PEM of further certificate authorities for Plane. */
  readonly ca: string | null;
  readonly proxy: ProxySettings;
  /** null: the settings ask for no mirror. */
  readonly mirror: MirrorSettings | null;
}

/** How a Plane is reached, and what of it may be published. */
export interface PlaneConfig {
  /** Ends in "/api/v1". */
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly workspace: string;
  /** Identifiers or ids that may be published; null for all. */
  readonly projects: readonly string[] | null;
}

/** Text by name; an empty text counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;
/** Reads a file that a setting names. Throws when it can't. */
export type ReadFile = (path: string) => string;

/** Everything that is wrong with the settings, each a sentence that names the setting and the fix. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Plane Cloud keeps its API and its web app at different addresses. */
const CLOUD_API_HOST = 'api.plane.so';
const CLOUD_WEB_URL = 'https://app.plane.so';

const CERTIFICATE = /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/;
const REQUIRED = ['PLANE_URL', 'PLANE_API_KEY', 'PLANE_WORKSPACE'] as const;

/**
 * The settings from the environment.
 *
 * Throws `ConfigError` with every problem at once. A secret's value is never part of a problem.
 */
export function readConfig(environment: Environment, readFile: ReadFile): Config {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(settings.shape)) {
    const isEither = EITHER_CASE.includes(name);
    const value = (isEither ? textOf(environment, name.toLowerCase()) : undefined) ?? textOf(environment, name);
    if (value !== undefined) values[name] = value;
  }
  const given = new Set(Object.keys(values));
  for (const name of SECRETS) {
    const path = textOf(environment, `${name}_FILE`);
    if (path === undefined) continue;
    given.add(name);
    readSecret(name, path, readFile, values, problems);
  }

  const parsed = settings.safeParse(values);
  for (const issue of parsed.error?.issues ?? []) {
    const name = issue.path.join('.');
    const isLower = EITHER_CASE.includes(name) && textOf(environment, name.toLowerCase()) !== undefined;
    problems.push(`${name}${isLower ? ` (set as ${name.toLowerCase()})` : ''} ${issue.message}.`);
  }
  const missing = REQUIRED.filter((name) => !given.has(name));
  if (missing.length > 0 && missing.length < REQUIRED.length) {
    const which = `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`;
    problems.push(`${which}: set ${REQUIRED.join(', ')} together, or none of them for the demo.`);
  }
  const ca = readCertificates('CA_FILE', values.CA_FILE, readFile, problems);
  const feedOptions = readFeedOptions(values.FEED_OPTIONS, problems);
  const mirrorCa = readCertificates('MIRROR_CA_FILE', values.MIRROR_CA_FILE, readFile, problems);
  problems.push(...mirrorProblems(given, values, feedOptions));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const { data } = parsed;
  const plane = planeConfig(data);
  return {
    plane,
    planeWebUrl: plane === null ? null : webUrl(data.PLANE_WEB_URL, plane.apiUrl),
    requestsPerMinute: data.PLANE_REQUESTS_PER_MINUTE,
    host: data.HOST,
    port: data.PORT,
    publicUrl: data.PUBLIC_URL ?? null,
    feedAccess: data.FEED_ACCESS ?? (plane === null ? 'open' : 'link'),
    feedOptions,
    feedOptionTexts: Object.fromEntries(new URLSearchParams(values.FEED_OPTIONS)),
    feedWarnBytes: data.FEED_WARN_BYTES,
    dataDir: plane === null ? join(data.DATA_DIR, 'demo') : data.DATA_DIR,
    adminToken: data.ADMIN_TOKEN ?? null,
    metricsToken: data.METRICS_TOKEN ?? null,
    secretKey: data.SECRET_KEY ?? null,
    webhookSecrets: data.PLANE_WEBHOOK_SECRET ?? [],
    trustProxy: data.TRUST_PROXY,
    freshMs: data.FRESH_SECONDS * 1000,
    reconcileMs: data.RECONCILE_SECONDS * 1000,
    cacheMaxBytes: data.CACHE_MAX_BYTES,
    compression: data.COMPRESSION === 'true',
    logLevel: data.LOG_LEVEL,
    ca,
    proxy: { https: data.HTTPS_PROXY ?? null, http: data.HTTP_PROXY ?? null, none: data.NO_PROXY ?? null },
    mirror: mirrorSettings(data, mirrorCa),
  };
}

function readSecret(
  name: string,
  path: string,
  readFile: ReadFile,
  values: Record<string, string>,
  problems: string[],
): void {
  if (values[name] !== undefined) {
    problems.push(`${name} and ${name}_FILE are both set: keep one of them.`);
    return;
  }
  // The path is not told: it may be the secret itself, set under the wrong name.
  try {
    const secret = readFile(path).trim();
    if (secret === '') problems.push(`${name}_FILE names an empty file: write the secret into it.`);
    else values[name] = secret;
  } catch {
    problems.push(`${name}_FILE names a file that can't be read: check the path and its permissions.`);
  }
}

function readFeedOptions(query: string | undefined, problems: string[]): FeedOptions {
  try {
    return parseOptions(new URLSearchParams(query));
  } catch (error) {
    problems.push(`FEED_OPTIONS is not right. ${errorMessage(error)}`);
    return DEFAULT_OPTIONS;
  }
}

function readCertificates(
  name: string,
  path: string | undefined,
  readFile: ReadFile,
  problems: string[],
): string | null {
  if (path === undefined) return null;
  try {
    const pem = readFile(path);
    if (!CERTIFICATE.test(pem))
      problems.push(`${name} names ${path}, which holds no certificate: it must be PEM text.`);
    return pem;
  } catch {
    problems.push(`${name} names ${path}, which can't be read: check the path and its permissions.`);
    return null;
  }
}

function planeConfig(data: Settings): PlaneConfig | null {
  const { PLANE_URL: url, PLANE_API_KEY: apiKey, PLANE_WORKSPACE: workspace } = data;
  if (url === undefined || apiKey === undefined || workspace === undefined) return null;
  const apiUrl = `${url.replace(/\/api(?:\/v1)?$/, '')}/api/v1`;
  return { apiUrl, apiKey, workspace, projects: data.PLANE_PROJECTS ?? null };
}

function webUrl(given: string | undefined, apiUrl: string): string {
  if (given !== undefined) return given;
  return new URL(apiUrl).host === CLOUD_API_HOST ? CLOUD_WEB_URL : apiUrl.replace(/\/api\/v1$/, '');
}

/** undefined when there is nothing but space. */
function textOf(environment: Environment, name: string): string | undefined {
  const text = environment[name]?.trim();
  return text === '' ? undefined : text;
}
