import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OPTION_NAMES } from '../../src/views/options/options.ts';
import { ask, askFor } from '../http/ask.ts';
import { ADMIN_TOKEN } from '../support/app.ts';
import { createSite } from './site.ts';
import { expectCalendar, expectDiscreet, nasty } from './support.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';

/** Whatever options are given, in an address, of a link, in JSON: a calendar, or a sentence that names the fault. */

const site = createSite();

const word = fc.oneof(
  fc.constantFrom(
    'items',
    'cycles',
    'modules',
    'event',
    'todo',
    'due',
    'span',
    'both',
    'hide',
    'keep',
    '30d',
    '99999d',
    '-1d',
    'all',
    'none',
    'bug',
    'Ada',
    'started',
    'urgent',
    '0',
    '99999',
    '-PT15H',
    'P1W',
    '+PT1M',
    'PT99999S',
    '[{key}] {name}',
    '{',
    '{}',
    '{key',
    '{{name}}',
    '{constructor}',
    'full',
    'brief',
    'private',
    'today',
    '"',
    '"a""b"',
    ',,,',
    '$&',
    '\n',
    '\u0000',
    '\ud800',
    '\u202e',
  ),
  fc
    .constantFrom('a', '"', '{', ',', ' ', '""', '{a}', 'P1D', '٣')
    .chain((one) => fc.constantFrom(50, 4_500).map((times) => one.repeat(times))),
  unicodeText({ maxLength: 20 }),
);
const text = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(','));
const optionName = fc.oneof(
  fc.constantFrom(...OPTION_NAMES),
  fc.constantFrom(...OPTION_NAMES),
  fc.constantFrom('__proto__', 'constructor', 'toString', '', 'Mode'),
);
const given = fc.array(fc.tuple(optionName, text), { maxLength: 4 });

test(
  'any options in an address give a valid calendar, or a sentence that names the fault',
  async () => {
    const property = fc.asyncProperty(fc.constantFrom('ALPHA', 'all', 'person/Ada'), given, async (scope, all) => {
      const query = new URLSearchParams(all.map(([one, other]): [string, string] => [one, other.toWellFormed()]));
      const {
        status,
        body,
        text: message,
      } = await ask(site(), `/ics/${scope}.ics?${query.toString()}`).catch((error: unknown) => {
        // Longer than a head may be.
        expect(String(error)).toMatch(/Headers Overflow|socket/i);
        return { status: 431, body: Buffer.alloc(0), text: '' };
      });
      expect([200, 400, 404, 431]).toContain(status);
      if (status === 200) expectCalendar(body);
      if (status === 400) expect(message).toMatch(/^[A-Z"][^]{10,}[.…]\n$/);
      expectDiscreet(message);
    });
    await fc.assert(property, runs(12));
  },
  PATIENCE_MS,
);

test(
  'any options of a link give a preview that is also a valid calendar, or a sentence',
  async () => {
    const values = fc.oneof(text, text, fc.array(text, { maxLength: 3 }), fc.integer(), fc.constant(null));
    const property = fc.asyncProperty(fc.array(fc.tuple(optionName, values), { maxLength: 3 }), async (all) => {
      const request = { name: 'Fuzz', scope: { projects: ['ALPHA'] }, options: Object.fromEntries(all) };
      const { status, json, text: message } = await askFor(site(), 'POST', '/api/v1/links', request);
      expect([201, 400]).toContain(status);
      expectDiscreet(message);
      if (status === 400) expect(json.message).toMatch(/[.…]$/);
      else {
        const { body } = await ask(site(), String(json.url));
        expectCalendar(body);
        expect((await askFor(site(), 'DELETE', `/api/v1/links/${String(json.id)}`)).status).toBe(200);
      }
    });
    await fc.assert(property, runs(10));
  },
  PATIENCE_MS,
);

test(
  'options in JSON of any shape are refused in words',
  async () => {
    const property = fc.asyncProperty(fc.constantFrom(...OPTION_NAMES), nasty, async (option, json) => {
      const body = `{"name":"Fuzz","scope":{"all":true},"options":{"${option}":${json}}}`;
      const answer = await ask(
        site(),
        '/api/v1/preview',
        { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        'POST',
        body,
      );
      expect([200, 400]).toContain(answer.status);
      expectDiscreet(answer.text);
    });
    await fc.assert(property, runs(10));
  },
  PATIENCE_MS,
);
