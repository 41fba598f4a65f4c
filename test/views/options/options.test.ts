import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  DEFAULT_OPTIONS,
  NAMED_OPTIONS,
  requiredParts,
  OPTION_NAMES,
  parseOptions,
} from '../../../src/views/options/options.ts';
import type { FeedOptions } from '../../../src/domain/feed.ts';
import { AppError } from '../../../src/domain/errors.ts';

const parse = (query: string): FeedOptions => parseOptions(new URLSearchParams(query));
const one = (name: string, value: string): FeedOptions => parseOptions([[name, value]]);

function refusal(name: string, value: string): string {
  try {
    one(name, value);
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid') return error.message;
    throw error;
  }
  return 'was not refused';
}

test('the defaults are those that the documentation lists', () => {
  const text = readFileSync(new URL('../../../docs/calendars.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|.*\| `([^`]+)` \|$/gm)].flatMap(
    ([, names = '', value = '']) => [...names.matchAll(/\w+/g)].map(([name]) => [name, value] as const),
  );
  expect(documented.map(([name]) => name).sort()).toEqual([...OPTION_NAMES].sort());
  expect(parseOptions(documented)).toEqual(DEFAULT_OPTIONS);
  expect(parse('')).toEqual(DEFAULT_OPTIONS);
});

describe('an allowed value is understood', () => {
  test.each<[string, string, unknown]>([
    ['show', 'items', ['items']],
    ['show', 'modules, cycles ,items,cycles', ['items', 'cycles', 'modules']],
    ['as', 'event', 'event'],
    ['as', 'todo', 'todo'],
    ['mode', 'due', 'due'],
    ['mode', 'span', 'span'],
    ['mode', 'both', 'both'],
    ['done', 'hide', 'hide'],
    ['done', 'keep', 'keep'],
    ['done', '0d', 0],
    ['done', '14d', 14],
    ['done', '99999d', 99_999],
    ['cancelled', 'keep', 'keep'],
    ['undated', 'keep', 'keep'],
    ['overdue', 'today', 'today'],
    ['priority', 'none,low,urgent', ['urgent', 'low', 'none']],
    ['priority', 'all', null],
    ['past', '0', 0],
    ['past', '30', 30],
    ['past', '30d', 30],
    ['past', 'all', null],
    ['ahead', '365', 365],
    ['title', '{name} / {state}', '{name} / {state}'],
    ['title', '{key}{number}{name}{project}{state}{priority}{assignees}', undefined],
    ['detail', 'brief', 'brief'],
    ['detail', 'private', 'private'],
  ])('%s=%s', (name, value, expected) => {
    expect(one(name, value)).toEqual({ ...DEFAULT_OPTIONS, [name]: expected === undefined ? value : expected });
  });

  test.each(NAMED_OPTIONS)('%s is a list of names', (name) => {
    const list = (value: string) => one(name, value)[name];
    expect(list('b,a, b ')).toEqual({ names: ['a', 'b'], none: false });
    expect(list('none')).toEqual({ names: [], none: true });
    expect(list('a,none')).toEqual({ names: ['a'], none: true });
    expect(list('all')).toBeNull();
    expect(list('a,all')).toBeNull();
    expect(list('"legal, privacy",bug')).toEqual({ names: ['bug', 'legal, privacy'], none: false });
    expect(list('"say ""hi"""')).toEqual({ names: ['say "hi"'], none: false });
    expect(list('"none","all"')).toEqual({ names: ['all', 'none'], none: false });
    expect(list('None,ALL')).toEqual({ names: ['ALL', 'None'], none: false });
  });
});

const DAYS = 'a number of days such as 30, or all';
const PLACEHOLDERS = '{key} {number} {name} {project} {state} {priority} {assignees}';
const ALARMS = 'none, keep, or up to 5 durations such as -PT15H, separated by commas';

describe('another value is refused, with the option, the value and what is allowed', () => {
  test.each<[string, string, string, string?]>([
    ['show', 'epics', 'items, cycles, modules, several separated by commas'],
    ['show', 'items,epics', 'items, cycles, modules, several separated by commas', 'epics'],
    ['show', '', 'items, cycles, modules, several separated by commas'],
    ['as', 'journal', 'event, todo'],
    ['as', 'Todo', 'event, todo'],
    ['mode', 'week', 'due, span, both'],
    ['done', '30', 'hide, keep, or a number of days such as 30d'],
    ['done', '-1d', 'hide, keep, or a number of days such as 30d'],
    ['done', '1.5d', 'hide, keep, or a number of days such as 30d'],
    ['done', '100000d', 'hide, keep, or a number of days such as 30d'],
    ['cancelled', 'yes', 'hide, keep'],
    ['undated', '', 'hide, keep'],
    ['overdue', 'hide', 'keep, today'],
    ['priority', 'huge', 'urgent, high, medium, low, none, several separated by commas'],
    ['priority', 'all,high', 'urgent, high, medium, low, none, several separated by commas', 'all'],
    ['past', '-7', DAYS],
    ['past', 'soon', DAYS],
    ['ahead', '7 days', DAYS],
    ['detail', 'secret', 'full, brief, private'],
    ['title', ' ', `1 to 200 characters, with ${PLACEHOLDERS}`],
    ['label', '', 'names or ids separated by commas, none, or all'],
    ['label', ' , ', 'names or ids separated by commas, none, or all'],
    ['assignee', '"ada', 'a list whose quotes are closed, as "one, and more",two'],
    ['state', 'a"b', 'a list whose quotes are closed, as "one, and more",two'],
    ['cycle', '"a" b', 'a list whose quotes are closed, as "one, and more",two'],
    ['alarm', 'soon', ALARMS],
    ['alarm', '', ALARMS],
    ['alarm', '-PT15H,none', ALARMS, 'none'],
    ['alarm', 'P1D,P2D,P3D,P4D,P5D,P6D', ALARMS],
  ])('%s=%s', (name, value, allowed, quoted = value) => {
    expect(refusal(name, value)).toBe(`The option "${name}" can't be "${quoted}". Allowed values: ${allowed}.`);
  });

  test('long values are shortened', () => {
    const long = 'y'.repeat(4_001);
    const shown = `${'y'.repeat(40)}…`;
    expect(refusal('label', long)).toBe(
      `The option "label" can't be "${shown}". Allowed values: up to 4000 characters.`,
    );
    expect(refusal('title', long.slice(0, 201))).toContain(
      `"title" can't be "${shown}". Allowed values: 1 to 200 char`,
    );
    expect(refusal(long, '1')).toContain(`no option "${shown}"`);
    const many = Array.from({ length: 101 }, (_, index) => `l${index}`).join(',');
    expect(refusal('label', many)).toMatch(/"label".*Allowed values: up to 100 of them\.$/);
  });

  test('a placeholder that is none', () => {
    const message = (text: string) => `The option "title" can't contain "${text}". Allowed values: ${PLACEHOLDERS}.`;
    expect(refusal('title', 'a {who} {key}')).toBe(message('{who}'));
    expect(refusal('title', '{}')).toBe(message('{}'));
    expect(refusal('title', '{constructor}')).toBe(message('{constructor}'));
  });

  test('a name that is none, with all there are', () => {
    expect(refusal('nope', '1')).toBe(
      'There is no option "nope". The options are: show, as, mode, done, cancelled, undated, overdue, assignee, label, state, priority, cycle, module, past, ahead, title, detail, alarm, only, without, calendar_title.',
    );
    expect(refusal('constructor', '1')).toContain('no option "constructor"');
    expect(refusal('Mode', 'due')).toContain('no option "Mode"');
  });

  test('an option given twice', () => {
    expect(() => parse('mode=due&mode=span')).toThrow('The option "mode" is given twice. Give it once.');
  });
});

describe('alarms follow the grammar of durations in RFC 5545', () => {
  test.each(['-PT15H', 'PT0S', 'P7W', '-P1W', 'P1D', 'P1DT2H', '-P1DT2H3M4S', 'PT5M', 'PT5M6S', 'PT1H2M', 'PT90S'])(
    '%s is one',
    (text) => {
      expect(one('alarm', text).alarm).toEqual([text]);
    },
  );

  test.each([
    'PT',
    'P',
    'P1DT',
    'PT1H30S',
    'P1M',
    'P1Y',
    'P1W2D',
    'P1DT1W',
    '15H',
    'PT-1H',
    'PT1.5H',
    '--PT1H',
    '+-PT1H',
  ])('%s is none', (text) => {
    expect(refusal('alarm', text)).toBe(`The option "alarm" can't be "${text}". Allowed values: ${ALARMS}.`);
  });

  test('several are sorted, each once; a plus sign, or the space it becomes in an address, says nothing', () => {
    expect(parse('alarm=PT9H,-PT15H,+PT9H').alarm).toEqual(['-PT15H', 'PT9H']);
    expect(one('alarm', '+PT9H').alarm).toEqual(['PT9H']);
    expect(one('alarm', 'none').alarm).toEqual([]);
  });
});

describe('to-dos show items alone', () => {
  const message =
    'The option "as=todo" can\'t go with cycles or modules, which are no tasks. Use show=items, or as=event.';

  test.each(['show=cycles&as=todo', 'as=todo&show=items,cycles', 'as=todo&show=modules'])('%s is refused', (query) => {
    expect(() => parse(query)).toThrow(message);
  });

  test.each(['overdue=today&as=todo', 'as=todo&overdue=today'])('%s is refused', (query) => {
    expect(() => parse(query)).toThrow('Use overdue=keep, or as=event.');
  });

  test('a given option wins over a default', () => {
    const overdue = parse('overdue=today');
    expect(parseOptions([['as', 'todo']], overdue)).toMatchObject({ as: 'todo', overdue: 'keep' });
    expect(parseOptions([['overdue', 'today']], parse('as=todo'))).toMatchObject({ as: 'event', overdue: 'today' });
    const bars = parse('show=items,cycles');
    expect(parseOptions([['as', 'todo']], bars)).toMatchObject({ as: 'todo', show: ['items'] });
    const todos = parse('as=todo');
    expect(parseOptions([['show', 'cycles']], todos)).toMatchObject({ as: 'event', show: ['cycles'] });
    expect(parseOptions([['done', 'keep']], todos)).toEqual({ ...todos, done: 'keep' });
  });
});

test('the server’s defaults apply where an option is not given', () => {
  const defaults = parse('mode=span&label=bug&alarm=PT9H');
  expect(
    parseOptions(
      [
        ['alarm', 'keep'],
        ['label', 'all'],
      ],
      defaults,
    ),
  ).toEqual({ ...DEFAULT_OPTIONS, mode: 'span' });
  expect(parseOptions([], defaults)).toEqual(defaults);
});

test.each<[string, string[], string[]?]>([
  ['', []],
  ['show=cycles', ['cycles'], ['cycles', 'cycle_items']],
  ['show=items,cycles', ['cycles', 'cycle_items']],
  ['show=modules', ['modules']],
  ['cycle=Sprint 1', ['cycles', 'cycle_items']],
  ['module=none', ['modules']],
  ['show=cycles&module=Launch', ['cycles', 'modules'], ['cycles', 'cycle_items', 'modules']],
  ['label=bug', ['labels']],
  ['state=none&assignee=ada', ['states', 'members']],
])('a feed with "%s" needs no more than it shows', (query, ofProject, ofPerson = ofProject) => {
  expect(requiredParts(parse(query), { kind: 'all' })).toEqual(ofProject);
  // Its description has the person's name.
  const withPeople = [...ofPerson.filter((need) => need !== 'members'), 'members'];
  expect(requiredParts(parse(query), { kind: 'person', memberId: 'a' })).toEqual(withPeople);
});

test('all faults are named at once, each once, and the first ten of them', () => {
  const message = (query: string): string => {
    try {
      parseOptions(new URLSearchParams(query));
      return '';
    } catch (error) {
      return String(error);
    }
  };
  expect(message('mode=later&colour=red&done=soon&mode=due')).toBe(
    [
      'AppError: The option "mode" can\'t be "later". Allowed values: due, span, both.',
      `There is no option "colour". The options are: ${OPTION_NAMES.join(', ')}.`,
      'The option "done" can\'t be "soon". Allowed values: hide, keep, or a number of days such as 30d.',
      'The option "mode" is given twice. Give it once.',
    ].join(' '),
  );
  const many = Array.from({ length: 50 }, (_, number) => `o${number}=1`).join('&');
  expect(message(many).match(/There is no option/g)).toHaveLength(10);
});
