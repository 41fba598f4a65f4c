import { ConfigError, readConfig, type Config, type Environment, type ReadFile } from '../../src/config/config.ts';

/** Settings that are right and wrong, and what is read of them. */

/** A key of Plane, and the settings that name a Plane. */
export const KEY = 'plane_api_0123456789abcdef';
export const PLANE = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: KEY, PLANE_WORKSPACE: 'acme' };

/** A certificate, as far as the settings look into it. */
export const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const noFile: ReadFile = (path) => {
  throw new Error(`ENOENT: no such file or directory, open '${path}'`);
};

/** Reads these texts by path; there are no other files. */
export const files =
  (texts: Readonly<Record<string, string>>): ReadFile =>
  (path) =>
    (Object.hasOwn(texts, path) ? texts[path] : undefined) ?? noFile(path);

/** What the settings say, of which no file can be read unless they are given. */
export function read(environment: Environment, readFile = noFile): Config {
  return readConfig(environment, readFile);
}

/** What is told when the settings are wrong. */
export function problems(environment: Environment, readFile = noFile): readonly string[] {
  try {
    read(environment, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const SLUG = "must be the workspace's slug alone: the part behind the host in its web address.";
const PROXY = 'must be the http or https address of a proxy such as http://proxy.example.com:3128.';
const EXEMPT = 'must be names, IP addresses and CIDR blocks, separated by commas, such as .example.com,10.0.0.0/8.';
const HOST = 'must be an IP address or a name of this machine, without a port, such as 127.0.0.1, 0.0.0.0 or ::.';
const TOKEN = 'must have 16 to 200 characters without spaces.';
const ADDRESS = 'must be a web address such as https://plane.example.com, without user name, ? or #.';
/** Values that each setting refuses, and how it says what is right. */
export const BAD: readonly (readonly [name: string, values: readonly string[], fix: string])[] = [
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
  ['HOST', ['http://0.0.0.0', '0.0.0.0:8080', '[::]:8080', 'a b', '*'], HOST],
  ['PORT', ['http', '-1', '65536', '1e3', '0x50', '9'.repeat(30)], 'must be a whole number from 0 to 65535.'],
  ['PUBLIC_URL', ['calendars.example.com', 'https://'], ADDRESS],
  ['HTTPS_PROXY', ['socks5://proxy.example.com', 'http://', 'http://ada:%ff@proxy.example.com'], PROXY],
  ['HTTP_PROXY', ['ftp://proxy.example.com', 'a proxy'], PROXY],
  ['NO_PROXY', ['10.0.0.0/33', 'localhost,example.com/8'], EXEMPT],
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
  ['LOG_FORMAT', ['yaml'], 'must be one of: json, pretty.'],
  ['SELF_SERVICE', ['yes'], 'must be one of: true, false.'],
  ['MEMBER_DAYS', ['0', '-1', '1.5', 'soon'], 'must be a whole number from 1 to 366.'],
  ['LOG_LEVEL', ['verbose'], 'must be one of: fatal, error, warn, info, debug, trace, silent.'],
];
