import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { htmlToText, MAX_TEXT } from '../../src/views/html.ts';
import { reduceHtml } from '../../src/views/reduce-html.ts';
import * as plans from '../../src/sources/plane/decode/cycles-modules.ts';
import * as decode from '../../src/sources/plane/decode/decode.ts';
import { decodePage } from '../../src/sources/plane/decode/decode.ts';
import type { ItemRow } from '../../src/demo/rows.ts';
import { AppError } from '../../src/domain/errors.ts';
import { ask, uidsOf } from '../http/ask.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { aTestApp } from '../support/app.ts';
import { decodedItem } from '../support/decoded.ts';
import { recordedAnswer, recordedList } from '../support/recorded.ts';
import { expectCalendar, mutated, mutations, nasty } from './support.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';

/** What Plane's users write, and what a Plane of another version may answer. */

const rows = recordedList<ItemRow>('work-items-list');

test('an item of any shape is decoded or left out with a reason, and costs no other', () => {
  const property = fc.property(fc.constantFrom(...rows), mutations, (row, all) => {
    const notes: string[] = [];
    const { item, isHidden, faults } = decodedItem(JSON.parse(mutated(row, all)), 'ALPHA', ({ reason }) =>
      notes.push(reason),
    );
    expect([...notes, ...faults.values()].every((reason) => reason.length < 300)).toBe(true);
    expect(item !== null || isHidden || faults.size > 0).toBe(true);
    if (item) expect(item.text.length).toBeLessThanOrEqual(MAX_TEXT);
  });
  fc.assert(property, runs(60));
});

test('everything else of any shape is decoded or counts as nothing', () => {
  const lists = ['projects-list', 'states-list', 'labels-list', 'members-project', 'cycles-list', 'modules-list'];
  const all = lists.flatMap((list) => recordedList<object>(list));
  const property = fc.property(fc.constantFrom(...all), mutations, (row, changes) => {
    const json: unknown = JSON.parse(mutated(row, changes));
    const { projects, states, labels, members } = decode;
    for (const one of [projects, states, labels, members, plans.cycles, plans.modules]) one.decode(json, () => true);
  });
  fc.assert(property, runs(25));
});

test('an answer of any shape is a page of Plane, or an error that an operator can act on', () => {
  const page = recordedAnswer('work-items-list').response.body;
  const texts = fc.oneof(
    nasty,
    mutations.map((all) => mutated(page, all)),
  );
  const property = fc.property(texts, (text) => {
    try {
      expect(Array.isArray(decodePage(JSON.parse(text), '/list/').results)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
    }
  });
  fc.assert(property, runs(25));
});

/** Each once did harm, or might: by its size on paper, its depth, or the numbers in it. */
const BOMBS: readonly [string, string][] = [
  ['a cell over many columns', '<table><tr><td colspan="300000000">a</td></tr></table>'],
  ['a cell over many rows', '<table><tr><td rowspan="300000000">a</td></tr></table>'],
  ['a cell that goes back', '<table><tr><td colspan="-1" rowspan="-1">a</td></tr></table>'],
  ['many wide cells', `<table><tr>${'<td colspan=20 rowspan=20>a'.repeat(600)}`],
  ['many rows', `<table>${'<tr>'.repeat(4_000)}<td>a`],
  ['tables in tables', '<table><tr><td>'.repeat(1_000)],
  ['centers in a table', `<table>${'<center>'.repeat(2_000)}`],
  ['a list from a huge roman number', '<ol type="i" start="1e308"><li>a</li></ol>'],
  ['a list from a negative number', '<ol type="I" start="-40000"><li>a</li></ol>'],
  ['a list of thousands', `<ol type="i" start="999">${'<li>'.repeat(4_000)}</ol>`],
  ['lists in lists', '<ul><li>'.repeat(2_000)],
  ['quotes in quotes', '<blockquote>'.repeat(1_300)],
  ['deep markup', '<b>'.repeat(5_000)],
  ['a long line of spaces', `<pre>${' '.repeat(16_000)}x</pre>`],
  ['many unfinished tags', '<'.repeat(16_000)],
  ['many attributes', `<p ${'a=b '.repeat(4_000)}>`],
  ['ten megabytes', '<p>x</p>'.repeat(1_250_000)],
  ['a megabyte of tags that close nothing', '</b>'.repeat(250_000)],
  ['a megabyte of comments', '<!---->'.repeat(140_000)],
  ['a megabyte of names of attributes', `<p ${Array.from({ length: 150_000 }, (_, at) => `a${at}`).join(' ')}>`],
  ['a megabyte of addresses', `<a href="https://a.example/${'b'.repeat(900)}"></a>`.repeat(1_100)],
  ['a megabyte of quoted lines', `${'<blockquote>'.repeat(200)}${'x<br>'.repeat(200_000)}`],
  ['a megabyte of words', `<b>${'a@b '.repeat(250_000)}</b>`],
  ['a megabyte of accents', `<b>e${'\u0301'.repeat(500_000)}</b>`],
];

test.each(BOMBS)('a description of %s becomes text', (_what, html) => {
  expect(htmlToText(html).length).toBeLessThanOrEqual(MAX_TEXT);
  // What the converter is given does not grow with what there is.
  expect(reduceHtml(html).html.length).toBeLessThan(100_000);
});

test('a description of any markup becomes a text of at most 1,000 characters', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<p>',
      '</p>',
      '<ul><li>',
      '<ol type="I" start="3">',
      '<table><tr><td colspan=3>',
      '</td>',
      '<br>',
      '<pre>',
      '<!--',
      '&#0;',
      '&#xfdd0;',
      '&#xd800;',
      '&amp',
      '<mention-component entity_identifier="x">',
      '<a href="javascript:x">',
      '<li data-checked="true">',
      '<ul data-type="taskList">',
    ),
    unicodeText({ maxLength: 12 }),
  );
  const html = fc.array(fc.tuple(piece, fc.constantFrom(1, 1, 3, 300)), { maxLength: 12 });
  const property = fc.property(html, (pieces) => {
    const text = htmlToText(pieces.map(([one, times]) => one.repeat(times)).join(''));
    expect(text.length).toBeLessThanOrEqual(MAX_TEXT);
    expect(text.isWellFormed()).toBe(true);
  });
  fc.assert(property, runs(15));
});

test(
  'names and texts of any characters become a valid calendar that has every item',
  async () => {
    const text = fc.oneof(
      unicodeText({ maxLength: 60 }),
      fc.constantFrom(
        '\u0000',
        '\ud800',
        '\u2028x',
        'END:VCALENDAR\r\n',
        '👩‍👩‍👧'.repeat(40),
        '\u0301'.repeat(200),
        'x'.repeat(20_000),
        '\u202e',
        '{name}{key}',
        '$&$1',
      ),
    );
    const property = fc.asyncProperty(fc.array(text, { minLength: 5, maxLength: 9 }), async (texts) => {
      const tables = acmeTables();
      const project = tables.projects.get(ALPHA)!;
      let count = 0;
      const next = (): string => texts[count++ % texts.length]!;
      project.row = { ...project.row, name: next() };
      for (const one of project.labels.values()) project.labels.set(one.id, { ...one, name: next() });
      for (const one of project.states.values()) project.states.set(one.id, { ...one, name: next() });
      for (const one of tables.people.values()) tables.people.set(one.id, { ...one, display_name: next() });
      for (const one of project.items.values())
        project.items.set(one.id, {
          ...one,
          name: next(),
          description_html: `<p>${next()}</p>${next()}`,
          target_date: '2026-12-01',
        });
      const site = await aTestApp({}, { tables });
      try {
        for (const options of ['', '&as=todo', '&title={project}{state}{assignees}{name}']) {
          const { status, body, text: calendar } = await ask(site, `/ics/ALPHA.ics?done=keep&cancelled=keep${options}`);
          expect(status).toBe(200);
          expectCalendar(body);
          const items = [...project.items.values()].filter((one) => one.archived_at === null && !one.is_draft);
          expect(uidsOf(calendar)).toHaveLength(items.length);
        }
      } finally {
        await site.close();
      }
    });
    await fc.assert(property, runs(1));
  },
  PATIENCE_MS,
);
