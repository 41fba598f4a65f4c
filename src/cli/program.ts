import { Command, InvalidArgumentError } from 'commander';
import { OPTION_NAMES } from '../views/options.ts';
import { adminToken } from './admin-token.ts';
import { doctor } from './doctor/doctor.ts';
import { exportFeed } from './export.ts';
import { addFeedFlags } from './feed-flags.ts';
import { health } from './health.ts';
import type { Io } from './io.ts';
import { applyMirror, backupMirror, planMirror, purgeMirror, restoreMirror, testMirror } from './mirror.ts';
import { addLink, editLink, listLinks, revokeLink, rotateLink, type TermFlags } from './links.ts';

/** What runs until it is told to end. */
export interface Services {
  serve(): Promise<void>;
  demoPlane(flags: { readonly port: number }): Promise<void>;
}

/** Every command, on one screen. Actions reject with what went wrong; a wrong use ends the process with code 1. */
export function createProgram(io: Io, services: Services): Command {
  const program = new Command('plane-ics')
    .description('Publishes Plane projects as calendars anyone can subscribe to.')
    .version(io.version)
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .addHelpText('after', examples('', 'link add --project WEB --name "Ada\'s phone"', 'doctor'));

  program.command('serve').description('run the server; so does plane-ics without a command').action(services.serve);
  program
    .command('doctor')
    .description('check every setting against the real world, and say how to mend what is not right')
    .action(() => doctor(io));
  program
    .command('health')
    .description('ask whether the server here answers; ends with code 1 when none does')
    .action(() => health(io));
  addLinkCommands(program.command('link').description('subscription links: add, list, edit, rotate, revoke'), io);
  addMirrorCommands(
    program.command('mirror').description('copies in CalDAV calendars: test, plan, apply, purge, backup, restore'),
    io,
  );
  addFeedFlags(
    program
      .command('export')
      .description('write one calendar to standard output or to a file')
      .argument('<feed>', "WEB, all, person:ada, or a link's id; a link has its own options")
      .option('-o, --output <file>', 'the file, which is replaced as a whole'),
  )
    .addHelpText('after', examples('WEB -o web.ics', 'person:ada --done hide --as todo'))
    .action((feed: string, flags: Parameters<typeof exportFeed>[2]) => exportFeed(io, feed, flags));
  program
    .command('admin-token')
    .description('show the token of the page and the API')
    .option('--rotate', 'make a new one first; the old one is refused from then on')
    .action((flags: Parameters<typeof adminToken>[1]) => adminToken(io, flags));
  program
    .command('demo-plane')
    .description("run the demo's Plane alone, and print the settings that lead to it")
    .requiredOption('--port <number>', 'loopback port to listen on, 0 for a free one', portNumber)
    .action(services.demoPlane);
  return program;
}

function addLinkCommands(link: Command, io: Io): void {
  const json = ['--json', "print the API's answer"] as const;
  const which = ['<link>', 'its id, the beginning of its id, or its name'] as const;

  addTermFlags(link.command('add'), '--name <name>')
    .description('make a link, and print its address, which is shown this once')
    .option(...json)
    .addHelpText(
      'after',
      examples('--project WEB --name Team', '--person ada --done hide --alarm=-PT15H --name "Ada\'s phone"'),
    )
    .action((flags: TermFlags) => addLink(io, flags));
  link
    .command('list')
    .description('list the links, and who fetched them last')
    .option(...json)
    .action((flags: TermFlags) => listLinks(io, flags));
  addTermFlags(link.command('edit').argument(...which), null)
    .description('change the calendar behind the same address')
    .option('--unset <option>', 'back to the default: the name of an option, or path; repeatable', optionNames)
    .option(...json)
    .addHelpText('after', examples('"Ada\'s phone" --done keep', '3f9c --project WEB,APP --unset alarm'))
    .action((id: string, flags: TermFlags) => editLink(io, id, flags));
  link
    .command('rotate')
    .argument(...which)
    .description('print a new address; the old one says that it is disabled')
    .option(...json)
    .action((id: string, flags: TermFlags) => rotateLink(io, id, flags));
  link
    .command('revoke')
    .argument(...which)
    .description('disable a link for good')
    .option(...json)
    .action((id: string, flags: TermFlags) => revokeLink(io, id, flags));
}

function addMirrorCommands(mirror: Command, io: Io): void {
  const which = ['[mirror]', 'its id, the beginning of its id, or its name; not needed where there is one'] as const;
  mirror
    .command('test')
    .argument(...which)
    .description('log in step by step: what came back, and what to do')
    .action((id: string | undefined) => testMirror(io, id));
  mirror
    .command('plan')
    .argument(...which)
    .description('show what a run would do, and why; nothing is written')
    .action((id: string | undefined) => planMirror(io, id));
  mirror
    .command('apply')
    .argument(...which)
    .description('run now; ends with code 1 when something failed or waits')
    .option('--force', 'show the deletions that wait, and do exactly those too')
    .action((id: string | undefined, flags: Parameters<typeof applyMirror>[2]) => applyMirror(io, id, flags));
  mirror
    .command('purge')
    .argument(...which)
    .description('remove exactly what it made from the calendar, and pause it')
    .option('--yes', 'do it')
    .action((id: string | undefined, flags: Parameters<typeof purgeMirror>[2]) => purgeMirror(io, id, flags));
  mirror
    .command('backup')
    .argument(...which)
    .description('save the whole calendar, the events of others too')
    .requiredOption('-o, --output <folder>', 'where to')
    .action((id: string | undefined, flags: Parameters<typeof backupMirror>[2]) => backupMirror(io, id, flags));
  mirror
    .command('restore')
    .argument('<backup>', 'folder of a backup, or the file that the page saved')
    .argument(...which)
    .description('put back what is missing; nothing is deleted')
    .option('--replace', 'also put back what was changed since')
    .action((place: string, id: string | undefined, flags: Parameters<typeof restoreMirror>[3]) =>
      restoreMirror(io, place, id, flags),
    );
}

/** The flags that say what is in a link, and how. */
function addTermFlags(command: Command, required: string | null): Command {
  const name = 'for whom, and which device';
  if (required === null) command.option('--name <name>', name);
  else command.requiredOption(required, name);
  return addFeedFlags(
    command
      .option('--project <identifiers>', 'the items of a project; several as WEB,APP or repeated', list)
      .option('--all', 'the items of all published projects')
      .option('--person <name>', "one person's items: display name, e-mail address or id")
      .option('--path <path>', 'a readable address besides, /ics/view/<path>.ics, with FEED_ACCESS=open'),
  );
}

function list(value: string, before: readonly string[] = []): string[] {
  const names = value.split(',').map((name) => name.trim());
  return [...before, ...names.filter((name) => name !== '')];
}

function optionNames(value: string, before: readonly string[] = []): string[] {
  const known = [...OPTION_NAMES, 'path'];
  const names = list(value, before);
  if (names.some((name) => !known.includes(name)))
    throw new InvalidArgumentError(`The options are: ${known.join(', ')}.`);
  return names;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('must be a whole number from 0 to 65535.');
  return port;
}

/** Lines under the help of a command, which stands in front of each. */
function examples(...lines: readonly string[]): (context: { readonly command: Command }) => string {
  return ({ command }) => {
    const names = [command.name()];
    for (let above = command.parent; above; above = above.parent) names.unshift(above.name());
    return `\nExamples:\n${lines.map((line) => `  $ ${[...names, line].join(' ').trim()}`).join('\n')}`;
  };
}
