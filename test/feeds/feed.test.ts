import { describe, expect, test } from '@jest/globals';
import type { FeedDefinition } from '../../src/domain/feed.ts';
import { createFeedFactory, slug, type Feed, type FeedSettings } from '../../src/feeds/feed.ts';
import { createLinks } from '../../src/feeds/links/links.ts';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import { NOON, PROJECT_ID } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { someSettings } from '../support/render.ts';

const DEFINITION: FeedDefinition & { readonly name: string } = {
  name: 'Kim',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: { done: 'keep' },
  pins: {},
};
const ADDRESS = { key: 'link:1', fileName: 'Kim', madeAt: NOON, ended: null };

function aFeedOf(
  definition: Partial<FeedDefinition> = {},
  settings: Partial<FeedSettings> = {},
  address: Partial<Feed> = {},
): Feed {
  const current = someSettings(settings);
  return createFeedFactory(() => current).create({ ...DEFINITION, ...definition }, { ...ADDRESS, ...address });
}

describe('the revision of a feed', () => {
  test('is the same for equal definitions and settings', () => {
    expect(aFeedOf().revision).toBe(aFeedOf({ scope: { ...DEFINITION.scope } }).revision);
    // A default that the definition sets itself, and one that gives the same options.
    const keep = { ...DEFAULT_OPTIONS, done: 'keep' } as const;
    expect(aFeedOf({ options: {} }, { feedOptions: keep }).options).toEqual(aFeedOf().options);
  });

  test.each<[string, Parameters<typeof aFeedOf>]>([
    ['name', [{ name: 'Lou' }]],
    ['scope', [{ scope: { kind: 'all' } }]],
    ['option', [{ options: { done: 'keep', past: '7' } }]],
    ['pins', [{ pins: { label: { bug: ['l1'] } } }]],
    ['default', [{}, { feedOptions: { ...DEFAULT_OPTIONS, mode: 'span' } }]],
    ['size limit', [{}, { feedWarnBytes: 1_000 }]],
    ['compression', [{}, { compression: true }]],
    ['file name', [{}, {}, { fileName: 'Lou' }]],
    ['day on which it was made', [{}, {}, { madeAt: NOON + 86_400_000 }]],
    ['state of its link', [{}, {}, { ended: { reason: 'disabled', since: NOON } }]],
  ])('is another one for another %s', (_, args) => {
    expect(aFeedOf(...args).revision).not.toBe(aFeedOf().revision);
  });

  test('of a link follows the settings and the link, and nothing else', async () => {
    let settings = someSettings();
    const factory = createFeedFactory(() => settings);
    const links = createLinks({ store: aMemoryStore(), now: () => NOON, factory });
    await links.restore();
    const { link } = await links.add(DEFINITION);
    const first = links.feedOf(link);
    settings = { ...settings };
    expect(links.feedOf(link)).toBe(first);
    settings = { ...settings, feedOptions: { ...DEFAULT_OPTIONS, mode: 'span' } };
    const second = links.feedOf(link);
    expect([second.options.mode, second.revision === first.revision]).toEqual(['span', false]);
    await links.edit(link.id, { path: 'team' });
    expect(links.feedOf(link).revision).toBe(second.revision);
    await links.edit(link.id, { name: 'Lou' });
    // Also where the link at hand is the one from before the edit.
    expect(links.feedOf(link)).toMatchObject({ name: 'Lou', fileName: 'Lou' });
  });
});

test.each([
  ['Kim’s phone', 'Kims-phone'],
  ['Ærø / Ångström', 'r-Angstrom'],
  ['../../etc/passwd', 'etc-passwd'],
  ['日本', 'calendar'],
  ['', 'calendar'],
  ['a"b\r\nc', 'a-b-c'],
  ['x'.repeat(99), 'x'.repeat(40)],
])('a file for %j is called %s', (name, expected) => {
  expect(slug(name)).toBe(expected);
});
