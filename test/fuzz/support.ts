import { connect } from 'node:net';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { ADMIN_TOKEN, WEBHOOK_SECRET } from '../support/app.ts';
import { ACME_KEY } from '../support/acme.ts';
import { lint } from '../support/linter.ts';
import { unicodeText } from '../support/unicode-text.ts';

/** What strangers send, and what must hold for every answer. */

/** JSON as its text, since much of it no value can be made to say: numbers out of range, keys given twice, lone surrogates. */
export const nasty: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    '""',
    '[]',
    '{}',
    '[null]',
    '-0',
    '1e999',
    '-1e999',
    '1e-999',
    '9007199254740993',
    '99999999999999999999',
    '0.1',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"a\\r\\nBEGIN:VEVENT\\r\\n"',
    '"\\u2028\\u0085\\u000b"',
    '"\\u202egpj.exe"',
    '"\\ufdd0x\\ufdd1"',
    '"__proto__"',
    '"constructor"',
    '"None"',
    '"0000-00-00"',
    '"9999-12-31"',
    '"99999-01-01"',
    '"2026-02-31"',
    '"2026-13-01T99:99:99Z"',
    '"9999-12-31T23:59:59.999999Z"',
    '"1000-01-01T00:00:00+99:99"',
    '{"__proto__":{"id":"x"}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"id":1,"id":2}',
    '{"":""}',
  ),
  fc.constantFrom(10, 1_000, 20_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.constantFrom(10, 1_000, 20_000).map((depth) => '{"a":'.repeat(depth) + '0' + '}'.repeat(depth)),
  fc.constantFrom(100, 20_000).map((length) => `[${'0,'.repeat(length)}0]`),
  fc.constantFrom(100, 50_000).map((length) => JSON.stringify('ä\\;,"\n'.repeat(length / 5))),
  unicodeText({ maxLength: 40 }).map((text) => JSON.stringify(text)),
  fc.double().map((number) => String(number === 0 || Number.isFinite(number) ? number : 0)),
  fc.json({ maxDepth: 3 }),
);

/** A place in a value: which of its fields, again and again. */
const place = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 4 });
/** What happens there. */
export interface Mutation {
  readonly place: readonly number[];
  readonly how: 'replace' | 'remove' | 'twice';
  readonly by: string;
}
export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({ place, how: fc.constantFrom('replace', 'replace', 'remove', 'twice'), by: nasty }),
  { minLength: 1, maxLength: 3 },
);

const MARK = '\ue000';

/** The JSON text of a value after the mutations. */
export function mutated(value: unknown, all: readonly Mutation[]): string {
  const copy = structuredClone(value);
  const texts: [mark: string, text: string][] = [];
  for (const [at, { place: where, how, by }] of all.entries()) {
    let holder: unknown = copy;
    for (const [step, number] of where.entries()) {
      if (typeof holder !== 'object' || holder === null) break;
      const keys = Object.keys(holder);
      const key = keys[number % Math.max(1, keys.length)];
      if (key === undefined) break;
      const fields = holder as Record<string, unknown>;
      const inner = fields[key];
      const isLast = step === where.length - 1 || typeof inner !== 'object' || inner === null;
      if (!isLast) {
        holder = inner;
        continue;
      }
      const mark = `${MARK}${at}${MARK}`;
      if (how === 'remove') Reflect.deleteProperty(fields, key);
      else if (how === 'replace' || Array.isArray(holder)) {
        fields[key] = mark;
        texts.push([JSON.stringify(mark), by]);
      } else {
        fields[mark] = 0;
        texts.push([`${JSON.stringify(mark)}:0`, `${JSON.stringify(key)}:${by}`]);
      }
      break;
    }
  }
  return texts.reduce((text, [mark, by]) => text.replace(mark, () => by), JSON.stringify(copy));
}

/** An answer, taken apart by hand. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How many answers came. */
  readonly count: number;
  readonly all: string;
}

/** A server that says nothing so long waits for more. */
const SILENCE_MS = 3_000;

/**
 * Sends bytes on a connection of their own; resolves with what came back until the server ended it. Who hangs up at once is not always
 * answered.
 */
export function sendRaw(port: number, bytes: string | Buffer, hangUp = false): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let all = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (all += chunk));
    socket.on('error', () => undefined);
    const waiting = setTimeout(() => socket.end(), SILENCE_MS);
    socket.on('close', () => {
      clearTimeout(waiting);
      const end = all.indexOf('\r\n\r\n');
      const lines = all.slice(0, end).split('\r\n');
      const headers = lines.slice(1).map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      });
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(all)?.[1] ?? 0),
        headers: Object.fromEntries(headers),
        body: all.slice(end + 4),
        count: [...all.matchAll(/^HTTP\/1\.1 \d{3} /gm)].length,
        all,
      });
    });
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    if (hangUp) socket.end();
  });
}

const SECRETS = [ADMIN_TOKEN, WEBHOOK_SECRET, ACME_KEY];

/** Fails when an answer contains a secret or where in the code something happened. */
export function expectDiscreet(text: string): void {
  expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([]);
  expect(text).not.toMatch(/\n\s+at |node_modules|\/src\/|TypeError|RangeError|SyntaxError/);
}

/** Fails for a calendar that anything is wrong with. */
export function expectCalendar(bytes: Buffer): void {
  expect(lint(bytes)).toEqual([]);
  expect(new ICAL.Component(ICAL.parse(bytes.toString()) as never[]).name).toBe('vcalendar');
}
