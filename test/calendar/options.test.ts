import { expect, test } from '@jest/globals';
import { DEFAULT_OPTIONS, fillTitle, parseOptions } from '../../src/calendar/options.ts';

const parse = (query: string) => parseOptions(new URLSearchParams(query));

test('nothing asked for is the defaults', () => {
  expect(parse('')).toEqual({ mode: 'due', done: 30, cancelled: 'hide', title: '[{key}] {name}' });
});

test.each([
  ['mode=span', { mode: 'span' }],
  ['mode=both&cancelled=keep', { mode: 'both', cancelled: 'keep' }],
  ['done=hide', { done: 'hide' }],
  ['done=keep', { done: 'keep' }],
  ['done=0d', { done: 0 }],
  ['done=14d', { done: 14 }],
  ['title=%7Bname%7D%20%2F%20%7Bstate%7D', { title: '{name} / {state}' }],
])('%s is understood', (query, expected) => {
  expect(parse(query)).toEqual({ ...DEFAULT_OPTIONS, ...expected });
});

test.each([
  ['nope=1', /no option "nope".*mode, done, cancelled, title/],
  ['mode=week', /"mode" can't be "week".*due, span, both/],
  ['done=30', /"done" can't be "30".*30d/],
  ['done=-1d', /"done" can't be "-1d"/],
  ['title=%7Bwho%7D', /"\{who\}".*\{key\}/],
  ['title=', /"title" must have/],
  ['mode=due&mode=span', /"mode" is given twice/],
  ['constructor=1', /no option "constructor"/],
  [`x${'y'.repeat(500)}=1`, /no option "xy{39}…"/],
])('%s is refused with what is allowed', (query, message) => {
  expect(() => parse(query)).toThrow(message);
});

test('a filled template is not filled again by what it was filled with', () => {
  const values = {
    key: 'WEB-1',
    number: '1',
    name: '{key} {nope}',
    project: 'P',
    state: 'S',
    priority: 'High',
    assignees: '',
  };
  expect(fillTitle('{name} {key}{assignees}', values)).toBe('{key} {nope} WEB-1');
});
