import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { stubReader } from '../support/reader.ts';

interface Feed {
  readonly scope: object;
  readonly options: Readonly<Record<string, string>>;
}

/** What the page's module exports; it has no types of its own here. */
interface Words {
  feedInWords(feed: Feed, projects: readonly object[], defaults: Record<string, string>): string;
  hasPlanePart(scope: object): boolean;
}

const MODULE = '../../../public/ui/words.js';
stubReader();
const { feedInWords, hasPlanePart } = (await import(MODULE)) as Words;
afterAll(() => {
  jest.useRealTimers();
});

const PROJECTS = [{ id: 'p-web', identifier: 'WEB', name: 'Website' }];
const words = (scope: object, options: Record<string, string> = {}) => feedInWords({ scope, options }, PROJECTS, {});

describe('a link in words', () => {
  test('names the other calendars that it includes', () => {
    const others = { calendars: ['Holidays', 'Room'], calendar_ids: ['cal-1', 'cal-2'] };
    expect(words({ projects: ['WEB'], ...others })).toBe(
      'Website, the calendar “Holidays”, and the calendar “Room” · due dates',
    );
    expect(words({ all: true, ...others })).toMatch(/^All projects, the calendar “Holidays”/);
  });

  test('says nothing of work items where it has none of Plane', () => {
    const scope = { calendars: ['Holidays'], calendar_ids: ['cal-1'] };
    expect(words(scope, { done: 'hide', only: 'call,"a, b"', without: 'private', alarm: 'none' })).toBe(
      'the calendar “Holidays” · only with “call” or “a, b” · without “private” · their reminders removed',
    );
    expect(hasPlanePart(scope)).toBe(false);
  });

  test('says nothing of other calendars where it has none', () => {
    expect(words({ projects: ['WEB'] }, { only: 'call', alarm: 'none' })).toBe('Website · due dates');
  });

  test('does not show the id of a calendar that was removed', () => {
    expect(words({ calendars: ['cal-a1b2c3d4e5'], calendar_ids: ['cal-a1b2c3d4e5'] })).toBe('a removed calendar');
  });
});
