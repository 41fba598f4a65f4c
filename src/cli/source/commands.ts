import { InvalidArgumentError, Option, type Command } from 'commander';
import { examples } from '../examples.ts';
import type { Io } from '../io.ts';
import { addSource, editSource, listSources, removeSource, testSource, type SourceFlags } from './source.ts';

/** The commands below `source`. */
export function addSourceCommands(source: Command, io: Io): void {
  const json = ['--json', "print the API's answer"] as const;
  const which = 'id, beginning of the id, or name';

  addFlags(withKind(source.command('add').requiredOption('--name <name>', 'name, unique among sources')))
    .description('read a calendar by its address, and add it')
    .option(...json)
    .addHelpText(
      'after',
      examples(
        '--name Team --url-file address.txt',
        '--name "Ada\'s work" --url-file address.txt --timezone Europe/Berlin --hours-of ada --hours-address ada@example.com',
      ),
    )
    .action((flags: SourceFlags) => addSource(io, flags));
  source
    .command('list')
    .description('list sources and their state')
    .option(...json)
    .action((flags: SourceFlags) => listSources(io, flags));
  addFlags(withKind(source.command('test').argument('[source]', which)))
    .description('read a source now; or say what the calendar at an address has, without adding it')
    .option(...json)
    .action((id: string | undefined, flags: SourceFlags) => testSource(io, id, flags));
  addFlags(source.command('edit').argument('<source>', which).option('--name <name>', 'name, unique among sources'))
    .description('change a source; "none" resets a value')
    .option(...json)
    .addHelpText('after', examples('"Ada\'s work" --hours-of ada', '"Ada\'s work" --hours-of none'))
    .action((id: string, flags: SourceFlags) => editSource(io, id, flags));
  source
    .command('remove')
    .argument('<source>', which)
    .description('remove a source; calendars that show it go on without it')
    .action((id: string) => removeSource(io, id));
}

/** A source keeps its kind. */
function withKind(command: Command): Command {
  return command.addOption(new Option('--kind <kind>', 'how it is read; ics by default').choices(['ics', 'caldav']));
}

/** The flags that define a source. Passwords are read from files: others can see the arguments of a program. */
function addFlags(command: Command): Command {
  return command
    .option('--url <address>', 'https, http or webcal address, or that of a CalDAV server')
    .option('--url-file <file>', 'a file with the address, if it is secret')
    .option('--calendar <name>', 'name or address of the calendar, where the address is that of a CalDAV server')
    .option('--username <user>', 'user name')
    .option('--password-file <file>', 'a file with the password, or with the token for --auth bearer')
    .option('--auth <method>', 'auto, basic, digest or bearer')
    .option('--timezone <name>', 'zone of times without one, and of the days of the timesheet, such as Europe/Berlin')
    .option('--refresh <seconds>', '300 to 86400; 0: only on request; auto: as the calendar asks', refreshSeconds)
    .option('--user-agent <text>', 'sent in place of our own, for servers that refuse unknown apps')
    .option('--color <color>', 'such as #1a2b3c')
    .option('--attendees <what>', "keep or remove attendees' e-mail addresses; remove by default")
    .option('--no-tls-verify', 'accept any certificate')
    .option('--hours-of <member>', 'whose hours it holds, for the timesheet: display name, e-mail address or id')
    .option('--hours-address <address>', 'their e-mail address in invitations: what they declined does not count')
    .option('--hours-project <project>', 'project of entries that nothing else matches')
    .addOption(
      new Option(
        '--hours-private <what>',
        'private events: ignore them, or show how long they are; ignore by default',
      ).choices(['ignore', 'show']),
    );
}

function refreshSeconds(text: string): number | null {
  if (text === 'auto') return null;
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('must be a number of seconds, or auto.');
  return Number(text);
}
