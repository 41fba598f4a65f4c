import { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import { parseExpiry } from './expiry.ts';

/** Requests that create and change links. */

const MAX_LINKS = 1000;
const MAX_GRACE_DAYS = 90;

/** The name of a link. */
export const name = z.string('must be a text').trim().min(1, 'must not be empty').max(100, 'may have 100 characters');
const names = z
  .array(z.string('must be a text').max(300))
  .min(1, 'must name a project')
  .max(100, 'may name 100 projects');
const calendars = z
  .array(z.string('must be a text').min(1).max(300))
  .min(1, 'must name a calendar')
  .max(100, 'may name 100 calendars');
/** What to include: one of the first three, and other calendars beside or instead of it. */
export const scope = z.union(
  [
    z.strictObject({ projects: names, calendars: calendars.optional() }),
    z.strictObject({ all: z.literal(true), calendars: calendars.optional() }),
    z.strictObject({ person: z.string().min(1).max(300), calendars: calendars.optional() }),
    z.strictObject({ calendars }),
  ],
  'must be {"projects": ["WEB"]}, {"all": true}, {"person": "ada"} or {"calendars": ["Holidays"]}, which may also go with one of the others',
);
const option = z.union(
  [z.string().max(4000), z.number(), z.array(z.string().max(300)).max(100)],
  'must be a text, a number or a list of texts',
);
/** Options by name; null for the default. */
export const options = z.record(z.string(), option.nullable(), 'must be an object of options');
const PATH = 'must have 1 to 60 lower-case letters, digits and hyphens, with slashes between its parts';
const path = z
  .string('must be a text or null')
  .max(60, PATH)
  .regex(/^[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)*$/, PATH)
  .nullable();
const forWhom = z
  .string('must be a text or null')
  .trim()
  .max(100, 'may have 100 characters')
  .regex(/^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u, 'must be one line')
  .nullable()
  .describe('who or what the address is given to; shown only in the list of links');
const EXPIRES = 'must be a date such as 2027-01-31, an instant such as 2027-01-31T18:00:00Z, or null';
const expires = z
  .string(EXPIRES)
  .refine((text) => parseExpiry(text) !== null, EXPIRES)
  .nullable()
  .describe('when every address ends: a date (its end, UTC) or an instant in the future; null for never');

/** A new link. */
export const newLink = z.strictObject({
  name,
  scope,
  options: options.optional(),
  path: path.optional(),
  for: forWhom.optional(),
  expires: expires.optional(),
});
/** Several new links, of which all or none are created. */
export const newLinks = z.strictObject({
  links: z
    .array(newLink, 'must be a list of links')
    .min(1, 'must not be empty')
    .max(MAX_LINKS, `may have ${MAX_LINKS} entries`),
});
/** What a request to create links has: by its field `links`. */
export function creationFor(json: unknown): z.ZodType<z.infer<typeof newLink> | z.infer<typeof newLinks>> {
  return typeof json === 'object' && json !== null && 'links' in json ? newLinks : newLink;
}

/** A change of a link; an option that is null gets its default. */
export const linkChange = z.strictObject({
  name: name.optional(),
  scope: scope.optional(),
  options: options.optional(),
  path: path.optional(),
  for: forWhom.optional(),
  expires: expires.optional(),
});
const GRACE = `must be a whole number of days from 0 to ${MAX_GRACE_DAYS}`;
/** How a link gets a new address. */
export const rotation = z.strictObject({
  grace_days: z
    .int(GRACE)
    .min(0, GRACE)
    .max(MAX_GRACE_DAYS, GRACE)
    .optional()
    .describe('how long the old address keeps working; 0 where it is left out'),
});

/** The fields of a link that are not of its calendar, as they are stored; undefined for what is left out. */
export interface DetailsRequest {
  readonly forWhom?: string | null;
  readonly expiresAt?: number | null;
}

/** Throws `invalid` for an end that has passed, unless it is the one that the link has: a form sends what it shows. */
export function detailsOf(
  { for: whom, expires: end }: Pick<z.infer<typeof linkChange>, 'for' | 'expires'>,
  now: number,
  current: number | null = null,
): DetailsRequest {
  const expiresAt = end == null ? null : parseExpiry(end);
  if (expiresAt !== null && expiresAt <= now && expiresAt !== current)
    throw new AppError('invalid', '"expires" must be in the future.');
  return {
    ...(whom !== undefined && { forWhom: whom === '' ? null : whom }),
    ...(end !== undefined && { expiresAt }),
  };
}
