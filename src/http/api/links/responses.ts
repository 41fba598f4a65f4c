import { z } from 'zod';
import { instant, size } from '../responses.ts';

/** The API's answers about links. */

const id = z.string();
const count = z.int().min(0);

const others = { calendars: z.array(z.string()).optional(), calendar_ids: z.array(id).optional() };
/** What a feed includes, with names beside ids. */
export const scopeAnswer = z.union([
  z.strictObject({ all: z.literal(true), ...others }),
  z.strictObject({ person: z.string(), person_id: id, ...others }),
  z.strictObject({ projects: z.array(z.string()), project_ids: z.array(id), ...others }),
  z.strictObject({ calendars: z.array(z.string()), calendar_ids: z.array(id) }),
]);

const fetchAnswer = z.strictObject({
  at: instant,
  client: z.string().describe('kind of app, by its User-Agent'),
  refresh: z.string().describe('its refresh interval, in words'),
  refresh_hours: z
    .number()
    .nullable()
    .describe('hours after which it should have refreshed; null where its user decides'),
  version: count.describe('version of the calendar that it has'),
  versions_behind: count,
  address: z.enum(['current', 'old']).describe('old: one that was replaced, and still works or did then'),
  replica: z.string().optional().describe('the server that answered, where there are several'),
});

/** A subscription link, without its address. */
export const linkAnswer = z.strictObject({
  id,
  name: z.string(),
  scope: scopeAnswer,
  options: z.record(z.string(), z.string()).describe('options that are set; the server has defaults for the others'),
  path: z.string().nullable(),
  path_url: z.string().nullable(),
  created: instant,
  changed: instant,
  revoked: instant.nullable(),
  for: z.string().nullable().describe('who or what the address was given to'),
  expires: instant.nullable().describe('when every address ends'),
  state: z
    .enum(['active', 'expired', 'paused', 'revoked'])
    .describe('paused: the access of its owner has ended, and may come back'),
  owner: z
    .strictObject({ id, name: z.string().nullable() })
    .nullable()
    .describe('the member who made it; null for the admin'),
  grace_until: instant.nullable().describe('until when an address that was replaced still works; null where none does'),
  version: count.nullable().describe('number of changes of its calendar; null before the first'),
  last_fetch: fetchAnswer.nullable(),
  fetches: z.array(fetchAnswer).describe('the last fetch of each kind of app, newest first'),
  size: size.nullable().describe('null while it is not in memory'),
});
/** The only responses with the address. */
export const newLinkAnswer = linkAnswer.extend({
  url: z.url().describe('for calendar apps'),
  subscribe_url: z.url().describe('for people: shows how to subscribe'),
});
/** Several new links, in the order of the request. */
export const newLinksAnswer = z.strictObject({ links: z.array(newLinkAnswer) });
/** All links. */
export const linksAnswer = z.strictObject({ links: z.array(linkAnswer) });
