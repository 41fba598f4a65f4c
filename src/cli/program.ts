import { Command, InvalidArgumentError } from 'commander';
import { OPTION_NAMES } from '../views/options/options.ts';
import { adminToken } from './admin-token.ts';
import { doctor } from './doctor/doctor.ts';
import { explain } from './explain.ts';
import { exportFeed } from './export.ts';
import { addFeedFlags } from './feed-flags.ts';
import { health } from './health.ts';
import type { Io } from './io.ts';
import { addBackupCommands } from './backup/commands.ts';
import { addStoreCommands } from './backup/store.ts';
import { examples } from './examples.ts';
import { addSourceCommands } from './source/commands.ts';
import { addTimesheetCommands } from './timesheet/commands.ts';
import {
  applyMirror,
  backupMirror,
  listMirrors,
  planMirror,
  purgeMirror,
  restoreMirror,
  testMirror,
} from './mirror.ts';
import {
  addLink,
  DETAILS,
  editLink,
  listLinks,
  revokeLink,
  rotateLink,
  type RotateFlags,
  type TermFlags,
} from './links.ts';

/** Commands that run until a signal. */
export interface Services {
  serve(): Promise<void>;
  demoPlane(flags: { readonly port: number }): Promise<void>;
}

/** Every command. Actions reject with the error; invalid usage exits with code 1. */
export function createProgram(io: Io, services: Services): Command {
  const program = new Command('plane-ics')
    .description('Publishes Plane projects as calendars anyone can subscribe to.')
    .version(io.version)
    // Flags after the name of a command are that command's own, also where the one above it has the same.
    .enablePositionalOptions()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .addHelpText('after', examples('', 'link add --project WEB --name "Ada\'s phone"', 'doctor'));

  program.command('serve').description('run the server (the default command)').action(services.serve);
  program
    .command('doctor')
    .description('test every setting live, and show how to fix what fails')
    .action(() => doctor(io));
  program
    .command('health')
    .description('check whether the server answers; exits with code 1 if not')
    .action(() => health(io));
  addLinkCommands(program.command('link').description('subscription links: add, list, edit, rotate, revoke'), io);
  program
    .command('explain')
    .argument('<item>', 'key such as WEB-12, id, or address in Plane')
    .description('show where an item is: which links show it, on which days, and why others hide it')
    .option('--link <link>', 'only this link, with what its subscribers have: id, beginning of the id, or name')
    .option('--json', "print the API's answer")
    .action((item: string, flags: Parameters<typeof explain>[2]) => explain(io, item, flags));
  addSourceCommands(
    program.command('source').description("read calendars that are not Plane's, to show them beside it"),
    io,
  );
  addTimesheetCommands(
    program.command('timesheet').description('show hours that are in calendars, matched to Plane; or export them'),
    io,
  );
  addMirrorCommands(
    program
      .command('mirror')
      .description('mirrors in CalDAV calendars: list, test, plan, apply, purge, backup, restore'),
    io,
  );
  addBackupCommands(program, io);
  addStoreCommands(program.command('store').description('copy what is stored to a database, or back'), io);
  addFeedFlags(
    program
      .command('export')
      .description('write one calendar to standard output or to a file')
      .argument('<feed>', "WEB, all, person:ada, or a link's id; a link has its own options")
      .option('-o, --output <file>', 'file to write, replaced atomically'),
  )
    .addHelpText('after', examples('WEB -o web.ics', 'person:ada --done hide --as todo'))
    .action((feed: string, flags: Parameters<typeof exportFeed>[2]) => exportFeed(io, feed, flags));
  program
    .command('admin-token')
    .description('print the token for the page and the API')
    .option('--rotate', 'generate a new token first; the old one stops working')
    .action((flags: Parameters<typeof adminToken>[1]) => adminToken(io, flags));
  program
    .command('demo-plane')
    .description("run only the demo's Plane, and print the settings for it")
    .requiredOption('--port <number>', 'loopback port to listen on, 0 for a free one', portNumber)
    .action(services.demoPlane);
  return program;
}

function addLinkCommands(link: Command, io: Io): void {
  const json = ['--json', "print the API's answer"] as const;
  const which = ['<link>', 'id, beginning of the id, or name'] as const;

  addTermFlags(link.command('add'), '--name <name>')
    .description('create a link and print its address, which is shown only once')
    .option('--many <file>', 'a link for each line of a file, or of - (standard input): prints CSV of all addresses')
    .option(...json)
    .addHelpText(
      'after',
      examples(
        '--project WEB --name Team',
        '--person ada --done hide --alarm=-PT15H --name "Ada\'s phone"',
        '--project WEB --name Website --many customers.txt --expires 2027-01-31 > addresses.csv',
      ),
    )
    .action((flags: TermFlags) => addLink(io, flags));
  link
    .command('list')
    .description('list links and their last fetch')
    .option(...json)
    .action((flags: TermFlags) => listLinks(io, flags));
  addTermFlags(link.command('edit').argument(...which), null)
    .description('change the calendar; its address stays the same')
    .option(
      '--unset <option>',
      'reset to the default: the name of an option, path, for, or expires; repeatable',
      optionNames,
    )
    .option(...json)
    .addHelpText('after', examples('"Ada\'s phone" --done keep', '3f9c --project WEB,APP --unset alarm'))
    .action((id: string, flags: TermFlags) => editLink(io, id, flags));
  link
    .command('rotate')
    .argument(...which)
    .description('print a new address; the calendar at the old one says that it is disabled')
    .option('--grace-days <days>', 'how long the old address keeps working: 0 to 90', wholeNumber)
    .option(...json)
    .action((id: string, flags: RotateFlags) => rotateLink(io, id, flags));
  link
    .command('revoke')
    .argument(...which)
    .description('disable a link permanently')
    .option(...json)
    .action((id: string, flags: TermFlags) => revokeLink(io, id, flags));
}

function addMirrorCommands(mirror: Command, io: Io): void {
  const which = ['[mirror]', 'id, beginning of the id, or name; optional where there is only one'] as const;
  mirror
    .command('list')
    .description('list mirrors, their last run and their state')
    .option('--json', "print the API's answer")
    .action((flags: Parameters<typeof listMirrors>[1]) => listMirrors(io, flags));
  mirror
    .command('test')
    .argument(...which)
    .description('test the login step by step, and show how to fix what fails')
    .action((id: string | undefined) => testMirror(io, id));
  mirror
    .command('plan')
    .argument(...which)
    .description('show what a run would do, and why; changes nothing')
    .action((id: string | undefined) => planMirror(io, id));
  mirror
    .command('apply')
    .argument(...which)
    .description('run now; exits with code 1 when something failed or was held back')
    .option('--force', 'show the deletions that are held back, and apply exactly those too')
    .action((id: string | undefined, flags: Parameters<typeof applyMirror>[2]) => applyMirror(io, id, flags));
  mirror
    .command('purge')
    .argument(...which)
    .description('remove every event the mirror created, and pause it')
    .option('--yes', 'confirm')
    .action((id: string | undefined, flags: Parameters<typeof purgeMirror>[2]) => purgeMirror(io, id, flags));
  mirror
    .command('backup')
    .argument(...which)
    .description('save the whole calendar, including other events')
    .requiredOption('-o, --output <folder>', 'target folder')
    .action((id: string | undefined, flags: Parameters<typeof backupMirror>[2]) => backupMirror(io, id, flags));
  mirror
    .command('restore')
    .argument('<backup>', 'backup folder, or a file saved from the page')
    .argument(...which)
    .description('restore missing events; nothing is deleted')
    .option('--replace', 'also restore events that changed since')
    .action((place: string, id: string | undefined, flags: Parameters<typeof restoreMirror>[3]) =>
      restoreMirror(io, place, id, flags),
    );
}

/** The flags that define a link. */
function addTermFlags(command: Command, required: string | null): Command {
  const name = 'name of the calendar';
  if (required === null) command.option('--name <name>', name);
  else command.requiredOption(required, name);
  return addFeedFlags(
    command
      .option('--project <identifiers>', 'the items of a project; several as WEB,APP or repeated', list)
      .option('--all', 'the items of all published projects')
      .option('--person <name>', "one person's items: display name, e-mail address or id")
      .option('--calendar <names>', 'other calendars beside or instead of these; several as A,B or repeated', list)
      .option('--for <whom>', 'who or what the address is for; shown only in the list of links')
      .option('--expires <date>', 'when it ends: 2027-01-31 (end of the day, UTC) or an instant')
      .option('--path <path>', 'a readable address as well, /ics/view/<path>.ics; needs FEED_ACCESS=open'),
  );
}

function list(value: string, before: readonly string[] = []): string[] {
  const names = value.split(',').map((name) => name.trim());
  return [...before, ...names.filter((name) => name !== '')];
}

function optionNames(value: string, before: readonly string[] = []): string[] {
  const known = [...OPTION_NAMES, ...DETAILS];
  const names = list(value, before);
  if (names.some((name) => !known.includes(name)))
    throw new InvalidArgumentError(`The options are: ${known.join(', ')}.`);
  return names;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('must be a whole number.');
  return Number(text);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('must be a whole number from 0 to 65535.');
  return port;
}
