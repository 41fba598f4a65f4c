import { InvalidArgumentError, Option, type Command } from 'commander';
import { examples } from '../examples.ts';
import type { Io } from '../io.ts';
import { exportHours, listExports, type ExportFlags } from './exports.ts';
import { timesheet, type SheetFlags } from './timesheet.ts';

/** `timesheet`, and the commands below it. */
export function addTimesheetCommands(sheet: Command, io: Io): void {
  addFlags(sheet.enablePositionalOptions())
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'csv', 'json']).default('table'))
    .addHelpText('after', examples('--from 2026-11-01 --to 2026-11-30', '--member ada --round up --format csv'))
    .action((flags: SheetFlags) => timesheet(io, flags));
  addFlags(sheet.command('export'))
    .description('record the hours that were never exported, and print them as CSV for time trackers')
    .addOption(
      new Option('--unmatched <what>', 'whether to export entries without a project; left out by default').choices([
        'include',
        'leave_out',
      ]),
    )
    .option('--id <export>', 'print an earlier export again')
    .addOption(new Option('--format <format>', 'how to print it').choices(['csv', 'json']).default('csv'))
    .option('-o, --out <file>', 'file to write, replaced atomically')
    .addHelpText(
      'after',
      examples('--from 2026-11-01 --to 2026-11-30 --out november.csv', '--id exp-3k9x0c2m7a --out november.csv'),
    )
    .action((flags: ExportFlags) => exportHours(io, flags));
  sheet
    .command('exports')
    .description('list what was exported')
    .option('--json', "print the API's answer")
    .action((flags: { readonly json?: boolean }) => listExports(io, flags));
}

/** The flags that say which hours, and how they are rounded. */
function addFlags(command: Command): Command {
  return command
    .option('--from <day>', 'first day, such as 2026-11-01')
    .option('--to <day>', 'last day')
    .option('--source <source>', 'only the hours in this source: id or name')
    .option('--member <member>', 'only the hours of this person: display name or id')
    .addOption(
      new Option('--round <how>', 'round hours, per person, project and day').choices(['off', 'up', 'nearest']),
    )
    .option('--round-minutes <minutes>', 'to 5, 6, 10, 15 (by default), 30 or 60 minutes', minutes);
}

function minutes(text: string): number {
  if (!/^\d{1,2}$/.test(text)) throw new InvalidArgumentError('must be a number of minutes.');
  return Number(text);
}
