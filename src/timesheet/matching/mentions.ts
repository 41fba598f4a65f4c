import type { EventTexts } from '../instances/properties.ts';
import { createPageReader, withoutAddresses, type ItemPage, type PlaneAddress } from './addresses.ts';
import { plainText } from './plain-text.ts';
import { comparable, escaped, visible, WORD } from './words.ts';

/** Where the texts of an event name work items. */

/** A work item that a text names, known or not. */
export interface Mention {
  readonly projectId: string;
  readonly which: { readonly number: number } | { readonly id: string };
  /** As a reason shows it, such as "WEB-12". */
  readonly text: string;
}

/** A field of an event. */
export type Field = 'title' | 'location' | 'description' | 'URL';

/** What the texts of an event mention. */
export interface Mentions {
  /** Those that name items, in the order in which they decide; each item once. */
  readonly fields: readonly { readonly field: Field; readonly items: readonly Mention[] }[];
  /** The title as it is read, without addresses. */
  readonly title: string;
}

/** Finds what the texts of an event mention. */
export type ReadMentions = (texts: EventTexts) => Mentions;

/** Of an event whose texts are private. */
export const NO_MENTIONS: Mentions = { fields: [], title: '' };

/** A project that keys may be of. */
export interface KeyedProject {
  readonly id: string;
  readonly identifier: string;
  /** Whether it is published, and may be seen: the keys of others count as words. */
  readonly isShown: boolean;
}

/** A reader for these projects, and for links to this workspace of Plane. */
export function createMentionReader(projects: readonly KeyedProject[], address: PlaneAddress): ReadMentions {
  const findKeys = createKeyFinder(projects);
  const readPage = createPageReader(address);
  const shown = projects.filter(({ isShown }) => isShown);

  function mentionsOf(page: ItemPage): Mention[] {
    if ('number' in page)
      return shown
        .filter(({ identifier }) => comparable(identifier) === page.identifier)
        .map(({ id, identifier }) => keyMention(id, identifier, page.number));
    const project = shown.find(({ id }) => id === page.projectId);
    const text = `The linked item of ${project?.identifier ?? ''}`;
    return project ? [{ projectId: project.id, which: { id: page.itemId }, text }] : [];
  }

  function read(text: string): { readonly items: readonly Mention[]; readonly text: string } {
    const { text: rest, addresses } = withoutAddresses(visible(text));
    const linked = addresses.flatMap((one) => {
      const page = readPage(one);
      return page === null ? [] : mentionsOf(page);
    });
    const items = new Map(
      [...findKeys(rest), ...linked].map((one) => [JSON.stringify([one.projectId, one.which]), one]),
    );
    return { items: [...items.values()], text: rest };
  }

  return ({ title, location, description, url }) => {
    const ofTitle = read(title);
    const fields = [
      { field: 'title', items: ofTitle.items },
      { field: 'location', items: read(plainText(location)).items },
      { field: 'description', items: read(plainText(description)).items },
      { field: 'URL', items: read(url).items },
    ] as const;
    return { fields: fields.filter(({ items }) => items.length > 0), title: ofTitle.text };
  };
}

function keyMention(projectId: string, identifier: string, number: number): Mention {
  return { projectId, which: { number }, text: `${identifier}-${number}` };
}

/** Hyphens join words; other dashes only numbers. */
const HYPHENS = '\\-\u2010\u2011';
/** The T of "AT&T-12" is a part of a word, too. */
const NOT_BEFORE = `(?<![${WORD}${HYPHENS}]|\\p{L}&)`;
/** A name of an HTML entity that nobody decoded may be any character. */
const NOT_AFTER = `(?![${WORD}]|[${HYPHENS}][${WORD}]|[.,/:&+~\u2012-\u2015\u2026\u2212]{1,3}\\p{N}|&[A-Za-z][A-Za-z\\d]{1,31};)`;

/** Finds keys in the letter case of their project, each alone as a word. */
function createKeyFinder(projects: readonly KeyedProject[]): (text: string) => Mention[] {
  const byIdentifier = new Map<string, KeyedProject[]>();
  for (const project of projects) {
    const identifier = visible(project.identifier);
    if (identifier !== '') byIdentifier.set(identifier, [...(byIdentifier.get(identifier) ?? []), project]);
  }
  if (byIdentifier.size === 0) return () => [];
  // The longest first: of "MY WEB-12" the project is MY WEB, also where that one is not shown.
  const identifiers = [...byIdentifier.keys()].sort((a, b) => b.length - a.length).map(escaped);
  const pattern = new RegExp(`${NOT_BEFORE}(${identifiers.join('|')})-([1-9]\\d{0,14})${NOT_AFTER}`, 'gu');
  return (text) =>
    [...text.matchAll(pattern)].flatMap(([, identifier = '', number]) =>
      (byIdentifier.get(identifier) ?? [])
        .filter(({ isShown }) => isShown)
        .map(({ id }) => keyMention(id, identifier, Number(number))),
    );
}
