import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';

/** The style sheets of a page apply to all of it, so a class that two views style is drawn by whichever comes last. */

const read = (path: string): string => readFileSync(new URL(`../../public/${path}`, import.meta.url), 'utf8');

/** Below all views, which may refine what these style. */
const SHARED = ['ui', 'app'];

/** The classes that have a rule of their own, anywhere in the sheet. */
function styledClasses(path: string): Set<string> {
  const selectors = [...read(path).matchAll(/(?:^|[{}])\s*([^{}]+)\{/g)].flatMap(([, list]) => list!.split(','));
  return new Set(selectors.flatMap((selector) => /^\.([\w-]+)$/.exec(selector.trim())?.[1] ?? []));
}

test.each(['index.html', 'subscribe.html', 'docs.html'])('no class of %s is styled by two views', (page) => {
  const sheets = [...read(page).matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, path]) => path!);
  expect(sheets.length).toBeGreaterThan(2);
  const views = new Map<string, Set<string>>();
  for (const path of sheets.filter((one) => !SHARED.includes(dirname(one))))
    for (const name of styledClasses(path)) views.set(name, (views.get(name) ?? new Set()).add(dirname(path)));
  expect([...views].filter(([, folders]) => folders.size > 1).map(([name, folders]) => [name, ...folders])).toEqual([]);
});
