import { z } from 'zod';
import { databaseAddress, listenHost, oneOf, optionsQuery, token, webAddress, wholeNumber } from '../values.ts';
import type { SettingRows } from './row.ts';

/** What is published, and at which addresses. */
export const feedRows = {
  FEED_ACCESS: {
    schema: oneOf('link', 'open'),
    doc: '`open` also serves public feeds at readable addresses such as `/ics/WEB.ics`; `link` serves private links only.',
    defaultDoc: '`link`; demo: `open`',
    example: 'link',
    reloadable: true,
  },
  FEED_OPTIONS: {
    schema: optionsQuery,
    doc: 'Default [options](calendars.md) of all feeds, as a query: `done=hide&mode=span`.',
    example: 'done=hide&mode=span',
    reloadable: true,
  },
  FEED_WARN_BYTES: {
    schema: wholeNumber(1_000, 1e12),
    doc: 'Calendars larger than this carry a warning in their description and in `/api/v1/health`. Google Calendar reads about 1 MB.',
    default: '1000000',
    reloadable: true,
  },
} as const satisfies SettingRows;

/** Where the server listens, and who may use it. */
export const serverRows = {
  HOST: {
    schema: listenHost,
    doc: 'Address to listen on. The Docker image sets `0.0.0.0`; `::` is every address, IPv6 included.',
    default: '127.0.0.1',
  },
  PORT: {
    schema: wholeNumber(0, 65_535),
    doc: 'Port to listen on; `0` picks a free one.',
    default: '8080',
  },
  PUBLIC_URL: {
    schema: webAddress,
    doc: 'Base URL of the addresses given to users. It may have a path prefix.',
    defaultDoc: '`http://localhost:PORT`',
    example: 'https://calendars.example.com',
  },
  TRUST_PROXY: {
    schema: wholeNumber(0, 20),
    doc: 'Number of reverse proxies in front whose `X-Forwarded-For` is trusted.',
    default: '0',
  },
  ADMIN_TOKEN: {
    schema: token,
    doc: 'Token for the page and the API. With `DATABASE_URL` it is required, and the same for all servers.',
    defaultDoc: 'generated once, in `DATA_DIR/admin-token`',
    secret: true,
    reloadable: true,
  },
  METRICS_TOKEN: {
    schema: token,
    doc: 'Token for `/metrics` and `/api/v1/health` only.',
    secret: true,
    reloadable: true,
  },
  SELF_SERVICE: {
    schema: oneOf('true', 'false'),
    doc: '`true` lets people sign in with a Plane API key of their own and make links to what they may see in Plane ([self-service](self-service.md)). Requires HTTPS, except on loopback.',
    default: 'false',
    reloadable: true,
  },
  MEMBER_DAYS: {
    schema: wholeNumber(1, 366),
    doc: 'How many days after a sign-in the links of that person pause, until they sign in again.',
    default: '30',
    reloadable: true,
  },
} as const satisfies SettingRows;

/** What is stored, how often it is refreshed, and what is logged. */
export const storageRows = {
  DATA_DIR: {
    schema: z.string(),
    doc: 'Folder for everything that must survive a restart. The demo uses the folder `demo` in it. With `DATABASE_URL` nothing in it must survive, but each server needs a folder of its own.',
    default: './data',
  },
  DATABASE_URL: {
    schema: databaseAddress,
    doc: 'Address of a PostgreSQL database (13 or later) that stores everything instead of `DATA_DIR`, so that [several servers](scaling.md) share it. Requires `SECRET_KEY` and `ADMIN_TOKEN`; the demo never uses a database.',
    example: 'postgres://plane_ics:password@db.example.com/plane_ics?sslmode=verify-full',
    secret: true,
  },
  SECRET_KEY: {
    schema: token,
    doc: 'Encrypts stored secrets, such as a webhook secret entered on the page. With `DATABASE_URL` it is required, and the same for all servers.',
    defaultDoc: 'generated once, in `DATA_DIR/secret-key`',
    secret: true,
  },
  FRESH_SECONDS: {
    schema: wholeNumber(1, 86_400),
    doc: 'How long a calendar is served before checking Plane for changes.',
    default: '60',
    reloadable: true,
  },
  RECONCILE_SECONDS: {
    schema: wholeNumber(60, 604_800),
    doc: 'How often a project that is in use is read again in full.',
    default: '21600',
    reloadable: true,
  },
  CACHE_MAX_BYTES: {
    schema: wholeNumber(1_000_000, 1e12),
    doc: 'Limit for rendered calendars in memory, and for those in `DATA_DIR/documents`.',
    default: '268435456',
  },
  COMPRESSION: {
    schema: oneOf('true', 'false'),
    doc: 'Whether calendars are sent with gzip.',
    default: 'true',
    reloadable: true,
  },
  LOG_LEVEL: {
    schema: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    doc: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
    default: 'info',
    reloadable: true,
  },
  LOG_FORMAT: {
    schema: oneOf('json', 'pretty'),
    doc: '`json` for programs that read logs, `pretty` for people.',
    defaultDoc: '`pretty` on a terminal, else `json`',
  },
} as const satisfies SettingRows;
