import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

/**
 * Rejects words that the project has replaced by plain English and standard terms (docs/glossary.md), in documents, on the page, and in
 * names, comments and strings of the code.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Each pattern is matched against lower-case text in which camelCase and snake_case are separate words. A space also matches a line break. */
const BANNED: readonly (readonly [pattern: string, instead: string])[] = [
  ['(?:tells?|telling|told)', 'report, show, return, list'],
  ['(?:somebody|anybody|everybody)', 'someone, anyone, or name who'],
  ['whoever', 'anyone who, or name who'],
  ['wish(?:es|ed)?', 'request, patch'],
  ['brakes?', 'deletion guard'],
  ['withheld', 'held back'],
  ['held(?! back|-back| up)', 'current, cached, stored'],
  ['(?:upkeep|keepers?)', 'background sync, maintenance'],
  ['by hand', 'manually, or name the command'],
  ['stands?(?! for)', 'is, appears'],
  ['looks(?! up| like| wrong)', 'probes, refreshes'],
  ['(?:(?:next|last|second) look|look again|look [(=])', 'probe, refresh'],
  ['strange', 'invalid, malformed'],
  ['peeks?', 'popover'],
  ['surveys?', 'remote state'],
  ['tally', 'checksum record'],
  ['(?:patience|linger(?:s|ing)?)', 'timeout, keep-alive'],
  ['(?:brings?|brought)', 'return, restore, update'],
  ['lets? go(?: of)?', 'release, forget, delete'],
  ['leave (?:it|them) away', 'leave out'],
  ['mend(?:s|ed|ing)?', 'fix'],
  ['smells? of', 'looks like'],
  ['spares? you', 'saves'],
  ['real world', 'live'],
  ['hurr(?:y|ies|ied)', 'speed up'],
  ['homes? of calendars', 'calendar homes'],
  ['(?:calendar|task|other|another|each|their) programs?', 'app'],
];

/** Banned words that are correct in their context. */
const ALLOWED: readonly { readonly where: RegExp; readonly text: RegExp; readonly reason: string }[] = [
  {
    where: /^src\/views\/view\.ts$/,
    text: /'Whoever runs this calendar [^']*'/g,
    reason: 'a text of published calendars, whose bytes stay',
  },
  {
    where: /^src\/mirrors\/(?:records|sync\/state|backup\/history)\.ts$/,
    text: /\b(?:withheld|brake)\b|'mirror-held'|caldav_strange/g,
    reason: 'names in stored records',
  },
  {
    where: /^src\/sources\/plane\/sync\/state\/records\.ts$/,
    text: /\bstrange\b/g,
    reason: 'a field of stored records',
  },
  {
    where: /^src\/store\/leveldb\/checksums\.ts$/,
    text: /'!tally'/g,
    reason: 'the key of a stored record',
  },
  {
    where: /^src\/http\/feed\/clients\.ts$/,
    text: /'another program'/g,
    reason: 'a name in stored access logs',
  },
  {
    where: /^src\/feeds\/documents\.ts$/,
    text: /\.peek\(/g,
    reason: 'a method of lru-cache',
  },
  {
    where: /^src\/demo\/titles\.ts$/,
    text: /\bsomebody pasted\b|book the stand/g,
    reason: 'titles and a description of made-up work items, which golden calendars contain',
  },
  {
    where: /^docs\/performance\.md$/,
    text: /bytes of the calendars held/g,
    reason: 'the name of a row, as the bench prints it',
  },
];

const SPACE = String.raw`(?:[\s*]|//)+`;
const RULES = BANNED.map(([pattern, instead]) => ({
  regexp: new RegExp(String.raw`\b${pattern.replaceAll(' ', SPACE)}(?!\w)`, 'g'),
  instead,
}));

/** Separates the words of names. Lines stay the same. */
function wordsOf(text: string): string {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

/** Blanks out code in documents, which quotes names from elsewhere. */
function withoutCode(text: string): string {
  return text.replace(/```[^]*?```|`[^`\n]*`/g, (code) => code.replace(/[^\n]/g, ' '));
}

/** Returns every banned word of a text as "path:line: word → what to use instead". */
function bannedWords(path: string, source: string): string[] {
  let text = path.endsWith('.md') ? withoutCode(source) : source;
  for (const { where, text: allowed } of ALLOWED) if (where.test(path)) text = text.replace(allowed, '');
  const words = wordsOf(text);
  return RULES.flatMap(({ regexp, instead }) =>
    [...words.matchAll(regexp)].map(({ 0: word, index }) => {
      const line = words.slice(0, index).split('\n').length;
      return `${path}:${line}: ${word.replace(/\s+/g, ' ')} → ${instead}`;
    }),
  );
}

function filesOf(path: string): string[] {
  if (statSync(ROOT + path).isFile()) return [path];
  return readdirSync(ROOT + path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|js|css|html|md)$/.test(name))
    .map((name) => `${path}/${name}`);
}

const files = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs',
  'public',
  'src',
].flatMap(filesOf);

test.each(files)('%s is written in plain words', (path) => {
  expect(bannedWords(path, readFileSync(ROOT + path, 'utf8'))).toEqual([]);
});

describe('the check', () => {
  test('reads documents and the page', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'docs/operations.md', 'public/app/app.js']));
    expect(files.length).toBeGreaterThan(300);
  });

  test.each([
    ['a comment', '// What it tells.', 1],
    ['a string', "throw new Error('Whoever reads this');", 1],
    ['a name in camelCase', 'const toldNames = lastWish;', 2],
    ['a name in snake_case', '{ looks_every_hours: 4 }', 1],
    ['words across a line break', ' * This looks\n * again, and is done by\n * hand.', 2],
    ['every use of a word', 'somebody, somebody', 2],
  ])('finds %s', (_what, text, count) => {
    expect(bannedWords('src/example.ts', text)).toHaveLength(count);
  });

  test.each([
    'Deletions are held back. ADMIN stands for administrator. It looks up an address that looks like one.',
    'const heldBack = standard(standalone, recommend, holdings, outlooks, lookup);',
  ])('accepts %s', (text) => {
    expect(bannedWords('src/example.ts', text)).toEqual([]);
  });

  test('names the line and what to use instead', () => {
    expect(bannedWords('src/example.ts', '\n\nlet brake = 1;')).toEqual(['src/example.ts:3: brake → deletion guard']);
  });

  test('ignores code in documents, and nothing else', () => {
    expect(bannedWords('docs/example.md', 'Set `looks`.\n```sh\nwish\n```\nIt is told.')).toEqual([
      'docs/example.md:5: told → report, show, return, list',
    ]);
  });
});
