import { z } from 'zod';
import { parseDeletionGuard } from '../../mirrors/sync/deletion-guard.ts';
import { MIRROR_ID } from '../../mirrors/sync/object.ts';
import { certificates, isSafeAddress, isWebAddress, oneOf, optionsQuery, wholeNumber } from '../values.ts';
import type { SettingRows } from './row.ts';

/** A copy in a CalDAV calendar. All of these need MIRROR_URL. */
export const mirrorRows = {
  MIRROR_URL: {
    schema: z
      .string()
      .refine(isWebAddress, 'must be a web address such as https://dav.example.com, without user name, ? or #'),
    doc: 'CalDAV server, or one of its calendars, to [mirror](mirror.md) into.',
    example: 'https://dav.example.com',
  },
  MIRROR_USERNAME: {
    schema: z.string().regex(/^[^:\p{Cc}]{1,300}$/u, 'must be the user alone, without a colon'),
    doc: 'User name on the CalDAV server.',
  },
  MIRROR_PASSWORD: {
    schema: z.string(),
    doc: 'Password; with two-factor login, use an app password. With `MIRROR_AUTH=bearer` it is the token.',
    secret: true,
  },
  MIRROR_AUTH: {
    schema: oneOf('auto', 'basic', 'digest', 'bearer', 'oauth2'),
    doc: '`auto`, `basic`, `digest`, `bearer` or `oauth2`.',
    default: 'auto',
  },
  MIRROR_OAUTH_CLIENT_ID: {
    schema: z.string(),
    doc: 'Client id for `oauth2`.',
  },
  MIRROR_OAUTH_CLIENT_SECRET: {
    schema: z.string(),
    doc: 'Client secret for `oauth2`.',
    secret: true,
  },
  MIRROR_OAUTH_REFRESH_TOKEN: {
    schema: z.string(),
    doc: 'Refresh token for `oauth2`.',
    secret: true,
  },
  MIRROR_OAUTH_TOKEN_URL: {
    schema: z.string().refine(isSafeAddress, 'must be an https address'),
    doc: 'Token endpoint for `oauth2`.',
    defaultDoc: "Google's",
  },
  MIRROR_CALENDAR: {
    schema: z.string().max(100, 'may have 100 characters'),
    doc: 'Name of the calendar, which is created when it is missing. `per-project` uses a calendar for each project. Not needed where `MIRROR_URL` is a calendar.',
    example: 'Plane',
  },
  MIRROR_FEED: {
    schema: z
      .string()
      .max(4000, 'may have 4000 characters')
      .regex(/^(?!person:\s*$)[^,\s]/, 'must be all, identifiers of projects such as WEB,APP, or person:ada'),
    doc: 'What to mirror: `all`, projects such as `WEB,APP`, or a person such as `person:ada`.',
    default: 'all',
  },
  MIRROR_OPTIONS: {
    schema: optionsQuery,
    doc: 'Options of the mirror, as a query, over `FEED_OPTIONS`.',
    example: 'done=hide&mode=span',
  },
  MIRROR_ID: {
    schema: z.string().regex(MIRROR_ID, 'must have 4 to 16 lower-case letters and digits'),
    doc: 'Part of the name of every object: 4 to 16 lower-case letters and digits. It must differ between mirrors into one account.',
    defaultDoc: 'from workspace and feed',
  },
  MIRROR_CHECK_SECONDS: {
    schema: wholeNumber(60, 604_800),
    doc: 'How often the mirror is compared in full. A change that a webhook delivers is written within seconds.',
    default: '900',
  },
  MIRROR_MAX_DELETE: {
    schema: z
      .string()
      .refine((text) => parseDeletionGuard(text) !== null, 'must be a number and a share such as 10,30%'),
    doc: 'Deletion guard: when a run would delete more than this number and this share, the deletions wait for an administrator.',
    default: '10,30%',
  },
  MIRROR_CONFLICT: {
    schema: oneOf('plane', 'keep'),
    doc: 'Which wins over an edit made in the calendar: `plane`, or `keep` for the edit.',
    default: 'plane',
  },
  MIRROR_CA_FILE: {
    schema: certificates,
    doc: 'PEM file with an additional certificate authority for the CalDAV server.',
    file: true,
  },
  MIRROR_TLS_VERIFY: {
    schema: oneOf('true', 'false'),
    doc: '`false` trusts any certificate, and also sends the password over plain http.',
    default: 'true',
  },
} as const satisfies SettingRows;
