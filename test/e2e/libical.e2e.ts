import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { command, file, needs, python, PYTHON } from './support/clients.ts';
import { inOrder, type Sight } from './support/expected.ts';
import { clientEnvironment, run, type Finished } from '../support/processes.ts';
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

  test('finds no fault in a feed, and as many events as Plane has items to show', async () => {
    const published = await publish(scratch);
    const text = await (await fetch(published.url)).text();

    const [verdict] = await judge(text);

    expect(verdict).toEqual({ code: 0, stdout: `events: ${published.sights().length}\n`, stderr: '' });
  });

  test('finds fault with the same feed once it says METHOD:PUBLISH without an organizer, or has an impossible date', async () => {
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
  test('read a feed without complaint, and see the days and titles that Plane has', async () => {
    const published = await publish(scratch);
    const home = await scratch.folder();
    const bytes = Buffer.from(await (await fetch(published.url)).arrayBuffer());
    await writeFile(`${home}/feed.ics`, bytes);

    const read = await run(PYTHON, [support('second_opinions.py'), `${home}/feed.ics`], clientEnvironment(home));

    expect(read).toMatchObject({ code: 0, stderr: '' });
    const seen = JSON.parse(read.stdout) as Record<'icalendar' | 'vobject', (Sight & { end: string })[]>;
    const wanted = published.sights().map((sight) => ({ ...sight, end: dayAfter(sight.day) }));
    expect(inOrder(seen.icalendar)).toEqual(wanted);
    expect(inOrder(seen.vobject)).toEqual(wanted);
  });
});

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}
