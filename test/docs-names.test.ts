import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import type { Io } from '../src/cli/io.ts';
import { SECRET_NAMES, SETTING_NAMES } from '../src/config/settings.ts';
import { OPERATIONS } from '../src/http/api/operations.ts';

/** The commands, flags, routes and settings that documents name are those of the program. */

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const markdown = (folder: string): string[] =>
  readdirSync(new URL(`../${folder}`, import.meta.url))
    .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
    .map((name) => folder + name);
const pages = [...markdown(''), ...markdown('docs/')];

const nothing = (): Promise<void> => Promise.resolve();
const program = createProgram({ version: '0' } as Io, { serve: nothing, demoPlane: nothing });

/** Code in a line and lines of code; a comment at the end of a line is no code. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/```\w*\n([^]*?)```/g)].flatMap(([, block]) => block!.split('\n'));
  const inline = [...text.replace(/```[^]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  return [...blocks.map((line) => line.replace(/\s#.*$/, '')), ...inline];
}

/** What follows the program's name, in each place where it is run. */
function callsOf(code: string): string[][] {
  // Not the user of that name, to whom sudo changes.
  const calls = code
    .replace('sudo -u plane-ics', 'sudo')
    .split(/(?:^|[\s(])(?:node [\w/.]*dist\/main\.js|plane-ics) (?=[a-z])(?!plane-ics)/)
    .slice(1);
  return calls.map((call) =>
    call
      .split(/\s(?:&&|\||<|>)\s/)[0]!
      .replace(/'[^']*'|"[^"]*"/g, 'text')
      .replace(/'.*$/, '')
      .split(/\s+/),
  );
}

/** What a call names and the program does not have: a command, or a flag of its command. */
function unknownOf(words: readonly string[]): string[] {
  let command: Command = program;
  let rest = [...words];
  for (let next = find(command, rest[0]); next !== undefined; next = find(command, rest[0])) {
    command = next;
    rest = rest.slice(1);
  }
  const missing = command.commands.length > 0 && command !== program && /^[a-z]/.test(rest[0] ?? '') ? [rest[0]!] : [];
  if (command === program) return [words[0]!];
  const flags = rest.filter((word) => word.startsWith('-')).map((word) => word.replace(/[=,].*$/, ''));
  const known = command.options.flatMap(({ short, long }) => [short, long]);
  return [...missing, ...flags.filter((flag) => !known.includes(flag) && flag !== '--help')];
}

const find = (command: Command, name = ''): Command | undefined => command.commands.find((one) => one.name() === name);

describe.each(pages)('%s', (path) => {
  const code = codeOf(read(path));

  test('names commands and flags that there are', () => {
    const unknown = code
      .flatMap(callsOf)
      .flatMap((words) => unknownOf(words).map((name) => `${name} in ${words.join(' ')}`));
    expect(unknown).toEqual([]);
  });

  test('names routes that there are', () => {
    const routes = code.flatMap(
      (line) => /^(GET|POST|PUT|PATCH|DELETE) (\/(?:api|webhooks|s)\/[^ ?]*)/.exec(line)?.slice(1, 3).join(' ') ?? [],
    );
    const unknown = routes.filter((route) => !OPERATIONS.some((one) => matches(route, one)));
    expect(unknown).toEqual([]);
  });

  test('names settings that there are', () => {
    const known = new Set<string>([...SETTING_NAMES, ...SECRET_NAMES.map((name) => `${name}_FILE`)]);
    const names = code.flatMap((line) =>
      [...line.matchAll(/\b((?:PLANE_(?!ICS)|MIRROR_|FEED_|SOURCE_)[A-Z_]+)\b/g)].map(([, name]) => name!),
    );
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});

/** Whether a route as it is written in a document ("GET /api/v1/links/<id>") is that operation. */
function matches(route: string, { method, path }: { readonly method: string; readonly path: string }): boolean {
  const pattern = path.replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${method.toUpperCase()} ${pattern}$`).test(route);
}

test('the check finds what is not there', () => {
  const check = (line: string): string[] => callsOf(line).flatMap(unknownOf);
  expect(check('plane-ics link add --nam x')).toEqual(['--nam']);
  expect(check('docker compose exec plane-ics plane-ics doctr')).toEqual(['doctr']);
  expect(check('plane-ics link remove')).toEqual(['remove']);
  expect(check('node dist/main.js link rotate --grace-days 14')).toEqual([]);
});
