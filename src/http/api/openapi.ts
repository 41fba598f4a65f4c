import { z } from 'zod';
import { errorAnswer } from './responses.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';

/** The OpenAPI 3.1 description, from the schemas that validate requests, and that tests compare responses with. */

/** The description as an OpenAPI 3.1 document. */
export function openApi(version: string, publicUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = describe(operation);
  return {
    openapi: '3.1.0',
    info: {
      title: 'plane-ics',
      version,
      description: 'Publishes Plane projects as calendars. All errors have the same shape; branch on `error_code`.',
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN, or METRICS_TOKEN for health and metrics' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'plane_ics_session' },
        memberCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'plane_ics_member',
          description: 'of a member, who sees only links of their own and projects they are in',
        },
      },
    },
  };
}

function describe({
  method,
  path,
  summary,
  for: whom,
  query = [],
  body,
  bodyIsOptional = false,
  answers: all,
}: Operation): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = query.map(([name, description]) => ({ name, in: 'query', description, schema: { type: 'string' } }));
  // Changes are refused while nothing can be stored.
  const unstored = method === 'get' ? {} : { 503: errorAnswer, 507: errorAnswer };
  const read = body ? { ...all, 415: errorAnswer } : all;
  const guarded =
    whom === 'anyone' ? read : { ...read, 401: errorAnswer, 403: errorAnswer, 429: errorAnswer, ...unstored };
  return {
    summary,
    security:
      whom === 'anyone' ? [] : [{ token: [] }, { cookie: [] }, ...(whom === 'member' ? [{ memberCookie: [] }] : [])],
    parameters: [...inPath, ...inQuery],
    ...(body
      ? {
          requestBody: {
            required: !bodyIsOptional,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }
      : {}),
    responses: Object.fromEntries(
      Object.entries(guarded).map(([status, answer]) => [status, response(Number(status), answer)]),
    ),
  };
}

function response(status: number, answer: z.ZodType | string | null): object {
  const description = status < 300 ? 'Success' : status === 304 ? 'Not modified' : 'Error';
  if (answer === null) return { description };
  if (typeof answer === 'string') return { description, content: { [answer]: { schema: { type: 'string' } } } };
  return { description, content: { 'application/json': { schema: jsonSchema(answer, 'output') } } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
