import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { z } from 'zod';
import { truncate } from '../../lib/truncate.ts';
import { ApiError } from './api-errors.ts';

/** What the API's routes are sent. */

const MAX_BYTES = 64_000;

/**
 * Throws UNSUPPORTED_CODING for a body in a content coding such as gzip (RFC 9110 section 15.5.16): none is decoded, so that a small body
 * stays small.
 */
export function refuseCoding(ctx: Context): void {
  const codings = ctx.get('Content-Encoding').split(',');
  const coding = codings.map((one) => one.trim()).find((one) => !/^(?:identity)?$/i.test(one));
  if (coding === undefined || ctx.request.length === 0) return;
  throw new ApiError(
    'UNSUPPORTED_CODING',
    `The body is encoded as "${coding.slice(0, 20)}". Send it as it is, without Content-Encoding.`,
    { headers: { 'Accept-Encoding': 'identity' } },
  );
}

/**
 * The request's JSON as the schema has it.
 *
 * Throws UNSUPPORTED_CODING for an encoded body, BAD_REQUEST for what is no JSON, MISSING_REQUIRED_FIELD and INVALID_VALUE with the field's name for what doesn't fit. A form or
 * a text is refused, so that no page elsewhere can make a browser send one. No body at all is an empty object.
 */
export async function readJson<T>(ctx: Context, schema: z.ZodType<T>, maxBytes = MAX_BYTES): Promise<T> {
  if (ctx.is('application/json') === false && ctx.request.length !== 0)
    throw new ApiError('BAD_REQUEST', 'Send JSON: Content-Type: application/json.');
  refuseCoding(ctx);
  const text = await getRawBody(ctx.req, { limit: maxBytes, encoding: 'utf8' }).catch(() => {
    // It stands still where it was given up, and so would the next request on the connection, which a proxy gives to the next visitor.
    ctx.req.resume();
    throw new ApiError('BAD_REQUEST', `The body could not be read; it may have ${maxBytes} bytes.`);
  });
  const json = ((): unknown => {
    try {
      return JSON.parse(text === '' ? '{}' : text);
    } catch {
      throw new ApiError('BAD_REQUEST', 'The body is not JSON.');
    }
  })();
  if (text.includes('__proto__')) refuseProto(json);
  const { success, data, error } = schema.safeParse(json, { error: inWords });
  if (success) return data;
  const [first] = error.issues;
  const field = first?.path.join('.') ?? '';
  if (first && field !== '' && valueAt(json, first.path) === undefined)
    throw new ApiError('MISSING_REQUIRED_FIELD', `"${field}" is missing.`, { details: { field } });
  const fields = schema instanceof z.ZodObject ? `; its fields are: ${Object.keys(schema.shape).join(', ')}` : '';
  const told = `${first?.message ?? 'is not as described'}${first?.code === 'unrecognized_keys' && field === '' ? fields : ''}`;
  throw new ApiError('INVALID_VALUE', field === '' ? `The body ${told}.` : `"${field}" ${told}.`, {
    details: { field },
  });
}

/** No field of ours has this name, and zod passes over it without a word. */
function refuseProto(json: unknown): void {
  const rest = [json];
  for (const one of rest) {
    if (typeof one !== 'object' || one === null) continue;
    if (Object.hasOwn(one, '__proto__')) throw new ApiError('INVALID_VALUE', 'There is no field "__proto__".');
    for (const value of Object.values(one)) rest.push(value);
  }
}

const KINDS: Readonly<Record<string, string>> = { object: 'an object', string: 'a text', array: 'a list' };

/** What is wrong, where a schema has no words of its own for it; goes on after the field's name. */
function inWords(fault: z.core.$ZodRawIssue): string {
  if (fault.code === 'invalid_type') return `must be ${KINDS[fault.expected] ?? fault.expected}`;
  if (fault.code === 'too_small')
    return fault.minimum === 1 ? 'must not be empty' : `must be at least ${fault.minimum}`;
  if (fault.code === 'too_big')
    return `may have ${fault.maximum} ${fault.origin === 'string' ? 'characters' : 'entries'}`;
  if (fault.code === 'unrecognized_keys') return `has no field "${truncate(String(fault.keys[0]), 40)}"`;
  return 'is not as described';
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], json);
}
