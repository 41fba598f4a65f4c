import { InvalidArgumentError, type Command } from 'commander';
import type { Io } from '../io.ts';
import { backup, restoreBackup, verifyBackup, type BackupFlags, type RestoreFlags } from './backup.ts';

/** The commands `backup`, `verify` and `restore`. */
export function addBackupCommands(program: Command, io: Io): void {
  const what = 'source or mirror, by id or name; or the address of a CalDAV account';
  withLogin(program.command('backup').argument('<what>', what))
    .description('copy any calendar to a folder, as a snapshot')
    .requiredOption('-o, --output <folder>', 'target folder, to which a snapshot is added')
    .option(
      '--keep <number>',
      'keep only this many of the newest snapshots of this calendar or account, and remove the older ones',
      snapshots,
    )
    .action((which: string, flags: BackupFlags) => backup(io, which, flags));
  program
    .command('verify')
    .argument('<folder>', 'folder of backups')
    .description('check the digest of every event in a folder of backups')
    .action((folder: string) => verifyBackup(io, folder));
  withLogin(program.command('restore').argument('<folder>', 'folder of backups'))
    .description('restore the missing events of a backup; nothing is deleted')
    .requiredOption('--to <target>', 'mirror, by id or name; or the address of a CalDAV account')
    .option('--snapshot <name>', 'name of a snapshot; the newest by default, if all are of one calendar or account')
    .option('--replace', 'also restore events that changed since')
    .option('--with-invitations', 'also restore meetings if the server sends invitations, which their guests may get')
    .action((folder: string, flags: RestoreFlags) => restoreBackup(io, folder, flags));
}

function withLogin(command: Command): Command {
  return command
    .option('--username <user>', 'user of an account')
    .option('--password-file <file>', 'a file with the password; else BACKUP_PASSWORD, else that of a mirror there')
    .option('--calendar <name>', 'one calendar of an account, by name or address');
}

function snapshots(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('must be a number from 1.');
  return Number(text);
}
