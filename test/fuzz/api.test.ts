import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { errorAnswer } from '../../src/http/api/responses.ts';
import type { Operation } from '../../src/http/api/operation.ts';
import { OPERATIONS } from '../../src/http/api/operations.ts';
import { aLink, ask } from '../http/ask.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../support/app.ts';
import { expectDiscreet, mutated, mutations, nasty } from './support.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';

/** Every operation that `/openapi.json` describes, with bodies made after its schema and then bent. */

let site: TestApp;
let ids: string[];
beforeAll(async () => {
  site = await aTestApp();
  ids = [(await aLink(site)).id, (await aLink(site)).id];
});
afterAll(() => site.close());

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Nothing listens there, so that a request to a server fails at once. */
const ADDRESSES = ['http://127.0.0.1:9/dav/', 'https://127.0.0.1:9/', 'http://127.0.0.1:9'];
const NAMES = ['ALPHA', 'Ada', 'bug', 'none', 'all', 'plane', '10,30%', 'Phone'];

/** Values of a schema, or nearly. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valueOf));
  switch (schema.type) {
    case 'object': {
      const fields = Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, one]) => [key, valueOf(one)]),
      );
      return fc.record(fields, { requiredKeys: [...(schema.required ?? [])] });
    }
    case 'array':
      return fc.array(schema.items ? valueOf(schema.items) : fc.jsonValue(), { maxLength: 3 });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 });
    case 'number':
      return fc.double({ noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      if (schema.format === 'uri') return fc.constantFrom(...ADDRESSES);
      return fc.oneof(fc.constantFrom(...NAMES), unicodeText({ maxLength: 30 }));
    case undefined:
    default:
      return fc.jsonValue();
  }
}

const bodyOf = ({ body }: Operation): fc.Arbitrary<string | null> => {
  if (!body) return fc.constantFrom(null, '{}');
  const values = valueOf(z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }) as Schema);
  const texts = values.map((value) => JSON.stringify(value));
  const bent = fc.tuple(values, mutations).map(([value, all]) => mutated(value, all));
  return fc.oneof(texts, texts, bent, bent, nasty, unicodeText({ maxLength: 60 }), fc.constantFrom(null));
};

const parameter = fc.oneof(
  fc.nat(1).map((at) => ids[at] ?? ''),
  fc.constantFrom('ALPHA', 'Ada', 'none', '..', '__proto__', '%00', '%'),
  unicodeText({ maxLength: 12 }).map((text) => encodeURIComponent(text.toWellFormed())),
);
const query = fc.oneof(
  fc.constant(''),
  fc
    .array(
      fc.tuple(
        fc.constantFrom('feed', 'mode', 'limit', 'purge', 'x'),
        fc.constantFrom('ALPHA', 'all', '-1', '1e9', 'true', '\u0000', 'ä'),
      ),
      { maxLength: 3 },
    )
    .map((all) => `?${new URLSearchParams(all).toString()}`),
);
/** Of operations that ask a server which the request or a mirror names: it is not there. */
const asksServers = (path: string): boolean => /^\/api\/v1\/(?:mirrors|sources|backups)/.test(path);

function expectDescribed({ method, path, answers }: Operation, status: number, type: string, text: string): void {
  const what = `${method} ${path} answers ${status}`;
  expectDiscreet(text);
  expect([what, status < 500 || (asksServers(path) && status === 502)]).toEqual([what, true]);
  if (status >= 400 && !path.startsWith('/ics/') && !type.startsWith('text/')) {
    expect([what, errorAnswer.safeParse(JSON.parse(text)).error?.issues]).toEqual([what, undefined]);
    return;
  }
  if (status >= 300) return;
  expect([what, Object.keys(answers)]).toEqual([what, expect.arrayContaining([String(status)])]);
  const expected = answers[status] ?? null;
  if (expected instanceof z.ZodType)
    expect([what, expected.safeParse(JSON.parse(text)).error?.issues]).toEqual([what, undefined]);
}

test(
  'every operation answers what it describes, or an error in our one shape, whatever it is sent',
  async () => {
    const calls = OPERATIONS.map((operation) =>
      fc.tuple(
        fc.constant(operation),
        bodyOf(operation),
        parameter,
        query,
        fc.constantFrom(
          'application/json',
          'application/json',
          'application/json',
          'text/plain',
          'application/json; charset=utf-16',
        ),
      ),
    );
    const property = fc.asyncProperty(fc.tuple(...calls), async (round) => {
      for (const [operation, body, given, asked, contentType] of round) {
        const path = operation.path.replace(/\{\w+\}/g, () => given) + asked;
        const headers = {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          accept: 'application/json',
          'content-type': contentType,
        };
        const verb = operation.method.toUpperCase();
        const sent = verb === 'GET' ? null : (body?.toWellFormed() ?? null);
        const answer = await ask(site, path, headers, verb, sent);
        expectDescribed(operation, answer.status, answer.headers['content-type'] ?? '', answer.text);
      }
    });
    // The first failing input is reported as it is: making a round of sixty requests smaller takes longer than the test may.
    await fc.assert(property, { ...runs(8), endOnFailure: true });
    expect(site.log.lines.filter(({ message }) => message === 'unexpected error')).toEqual([]);
    expect((await ask(site, '/ics/ALPHA.ics')).status).toBe(200);
  },
  PATIENCE_MS,
);
