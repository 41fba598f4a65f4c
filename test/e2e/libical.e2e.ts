import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { command, file, needs, python, PYTHON } from './support/clients.ts';
import { byTitle, inOrder } from './support/expected.ts';
import { FEEDS, type Contents } from './support/feeds.ts';
import { clientEnvironment, run, type Finished } from '../support/processes.ts';
import { addLink } from './support/links.ts';
import { publish } from './support/published.ts';
import { createScratch } from '../support/scratch.ts';

const scratch = createScratch();

const support = (name: string): string => fileURLToPath(new URL(`./support/${name}`, import.meta.url));

const C_COMPILER = [
  command('gcc'),
  command('pkg-config'),
  file('/usr/include/stdio.h', 'libc6-dev'),
  file('/usr/include/libical/ical.h', 'libical-dev'),
];

needs(C_COMPILER, 'libical', () => {
  /** Compiles the checker, and judges each text with it. */
  async function judge(...texts: string[]): Promise<Finished[]> {
    const home = await scratch.folder();
    const env = clientEnvironment(home);
    const flags = await run('pkg-config', ['--cflags', '--libs', 'libical'], env);
    const checker = `${home}/libical-check`;
    const options = ['-Wall', '-Werror', '-o', checker, support('libical-check.c')];
    const built = await run('gcc', [...options, ...flags.stdout.trim().split(/\s+/)], env);
    expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
    const verdicts: Finished[] = [];
    for (const [index, text] of texts.entries()) {
      const path = `${home}/${index}.ics`;
      await writeFile(path, text);
      verdicts.push(await run(checker, [path], env));
    }
    return verdicts;
  }

  test.each(FEEDS)('finds no fault in $name, and as much in it as Plane has to show', async (feed) => {
    const published = await publish(scratch);
    const link = await addLink(published, feed.options, feed.scope);
    const { events, todos } = feed.contents(published);

    const [verdict] = await judge(await link.text());

    expect(events.length + todos.length).toBeGreaterThan(40);
    const stdout = `events: ${events.length}, to-dos: ${todos.length}\n`;
    expect(verdict).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('finds fault with a feed once it says METHOD:PUBLISH without an organizer, or has an impossible date', async () => {
    const published = await publish(scratch);
    const text = await (await fetch(published.url)).text();

    const verdicts = await judge(
      text.replace('VERSION:2.0\r\n', 'VERSION:2.0\r\nMETHOD:PUBLISH\r\n'),
      text.replace(/DTSTART;VALUE=DATE:\d+/, 'DTSTART;VALUE=DATE:tomorrow'),
    );

    expect(verdicts.map(({ code }) => code)).toEqual([1, 1]);
    expect(verdicts[0]?.stdout).toContain('ORGANIZER');
  });
});

const PYTHON_READERS = [
  file(PYTHON, 'python3'),
  python('import icalendar', 'python3-icalendar'),
  python('import vobject', 'python3-vobject'),
];

needs(PYTHON_READERS, 'icalendar and vobject in Python', () => {
  test.each(FEEDS)('read $name without complaint, and see in it what Plane has', async (feed) => {
    const published = await publish(scratch);
    const link = await addLink(published, feed.options, feed.scope);
    const home = await scratch.folder();
    await writeFile(`${home}/feed.ics`, await link.text());

    const read = await run(PYTHON, [support('second_opinions.py'), `${home}/feed.ics`], clientEnvironment(home));

    expect(read).toMatchObject({ code: 0, stderr: '' });
    const seen = JSON.parse(read.stdout) as Record<'icalendar' | 'vobject', Contents>;
    const wanted = feed.contents(published);
    for (const { events, todos } of [seen.icalendar, seen.vobject])
      expect({ events: inOrder(events), todos: byTitle(todos) }).toEqual(wanted);
  });
});

test('a private feed contains no name of the project', async () => {
  const published = await publish(scratch);
  const { row, items, labels, states, cycles, modules } = published.project();
  const link = await addLink(published, {
    detail: 'private',
    show: 'items,cycles,modules',
    mode: 'both',
    alarm: '-PT15H',
  });

  const text = (await link.text()).replaceAll('\r\n ', '');

  const rows = [row, ...[items, labels, states, cycles, modules].flatMap((found) => [...found.values()])];
  const names = rows.map(({ name }) => name as string);
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter((name) => text.includes(name))).toEqual([]);
  expect(text).not.toContain(published.planeUrl);
});
