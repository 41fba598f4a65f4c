import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { z } from 'zod';
import { truncate } from '../../lib/truncate.ts';
import { ApiError } from './api-errors.ts';

/** The bodies of API requests. */

const MAX_BYTES = 64_000;

/**
 * Throws UNSUPPORTED_CODING for a body in a content coding such as gzip (RFC 9110 section 15.5.16). None is decoded, so that a small request
 * can't become a large body.
 */
export function refuseCoding(ctx: Context): void {
  const codings = ctx.get('Content-Encoding').split(',');
  const coding = codings.map((one) => one.trim()).find((one) => !/^(?:identity)?$/i.test(one));
  if (coding === undefined || ctx.request.length === 0) return;
  throw new ApiError(
    'UNSUPPORTED_CODING',
    `The body is encoded as "${coding.slice(0, 20)}". Send it without Content-Encoding.`,
    { headers: { 'Accept-Encoding': 'identity' } },
  );
}

/**
 * The request's JSON as the schema has it, or the schema that is chosen for it. A form or plain text is refused, so that a page of another site can't make a browser send one. No
 * body at all is an empty object.
 *
 * Throws UNSUPPORTED_CODING for an encoded body, BAD_REQUEST for anything but JSON, and MISSING_REQUIRED_FIELD or INVALID_VALUE with the name
 * of the first field that does not match.
 */
export async function readJson<T>(
  ctx: Context,
  schema: z.ZodType<T> | ((json: unknown) => z.ZodType<T>),
  maxBytes = MAX_BYTES,
): Promise<T> {
  const text = await readText(ctx, maxBytes);
  const json = parseJson(text === '' ? '{}' : text);
  if (text.includes('__proto__')) refuseProto(json);
  const chosen = typeof schema === 'function' ? schema(json) : schema;
  const { success, data, error } = chosen.safeParse(json, { error: inWords });
  if (success) return data;
  throw invalid(json, chosen, error.issues[0]);
}

async function readText(ctx: Context, maxBytes: number): Promise<string> {
  if (ctx.is('application/json') === false && ctx.request.length !== 0)
    throw new ApiError('BAD_REQUEST', 'Send JSON: Content-Type: application/json.');
  refuseCoding(ctx);
  const bytes = await getRawBody(ctx.req, { limit: maxBytes }).catch(() => {
    // Reading stopped in the middle of the body: the rest must not block the connection, which a proxy uses for the next visitor too.
    ctx.req.resume();
    throw new ApiError('BAD_REQUEST', `The body can't be read; it may have ${maxBytes} bytes.`);
  });
  // Drops a byte order mark.
  return new TextDecoder().decode(bytes);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError('BAD_REQUEST', 'The body is not JSON.');
  }
}

function invalid(json: unknown, schema: z.ZodType, fault: z.core.$ZodIssue | undefined): ApiError {
  const field = fault?.path.join('.') ?? '';
  const details = { field };
  if (fault && field !== '' && valueAt(json, fault.path) === undefined)
    return new ApiError('MISSING_REQUIRED_FIELD', `"${field}" is missing.`, { details });
  const message = fault?.message ?? 'is invalid';
  if (field !== '') return new ApiError('INVALID_VALUE', `"${field}" ${message}.`, { details });
  const isUnknownField = fault?.code === 'unrecognized_keys' && schema instanceof z.ZodObject;
  const fields = isUnknownField ? `; its fields are: ${Object.keys(schema.shape).join(', ')}` : '';
  return new ApiError('INVALID_VALUE', `The body ${message}${fields}.`, { details });
}

/** No field has this name, and zod ignores it silently. */
function refuseProto(json: unknown): void {
  const rest = [json];
  for (const one of rest) {
    if (typeof one !== 'object' || one === null) continue;
    if (Object.hasOwn(one, '__proto__')) throw new ApiError('INVALID_VALUE', 'There is no field "__proto__".');
    for (const value of Object.values(one)) rest.push(value);
  }
}

const KINDS: Readonly<Record<string, string>> = { object: 'an object', string: 'a text', array: 'a list' };

/** What is wrong, where the schema has no message of its own; continues the field's name. */
function inWords(fault: z.core.$ZodRawIssue): string {
  if (fault.code === 'invalid_type') return `must be ${KINDS[fault.expected] ?? fault.expected}`;
  if (fault.code === 'too_small')
    return fault.minimum === 1 ? 'must not be empty' : `must be at least ${fault.minimum}`;
  if (fault.code === 'too_big')
    return `may have ${fault.maximum} ${fault.origin === 'string' ? 'characters' : 'entries'}`;
  if (fault.code === 'unrecognized_keys') return `has no field "${truncate(String(fault.keys[0]), 40)}"`;
  return 'is invalid';
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], json);
}
