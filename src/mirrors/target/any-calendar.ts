import { openCollection } from '../../caldav/collection.ts';
import type { Login } from '../../caldav/login.ts';
import { makeBackup, type Backup } from '../backup/backup.ts';
import { restoreBackup, type RestoreHow, type Restored } from '../backup/restore.ts';
import { findCalendar } from '../calendar.ts';
import type { CalendarChoice } from '../mirror.ts';
import type { MirrorTools } from '../tools.ts';
import { withAccount } from './locate.ts';

/** Backups of calendars of any account. */

/** Everything in the calendar at that address. Throws what the calendar throws. */
export async function backupCalendar(login: Login, url: string, tools: MirrorTools): Promise<Backup> {
  return withAccount(login, tools, async (account) => makeBackup(await openCollection(account, url), tools.now));
}

/** Restores a backup to a calendar, which is created when none has its name. Throws what the calendar throws. */
export async function restoreCalendar(
  login: Login,
  { calendar, backup, ...how }: RestoreHow & { readonly calendar: CalendarChoice; readonly backup: Backup },
  tools: MirrorTools,
): Promise<Restored> {
  const [first = 'VEVENT', ...others] = backup.manifest.components;
  const component = others.includes('VEVENT') ? 'VEVENT' : first;
  return withAccount(login, tools, async (account) => {
    const { url } = await findCalendar(account, { calendar, mirrorId: 'restored', component });
    const collection = await openCollection(account, url);
    return tools.runExclusive(url, () => restoreBackup({ ...how, collection, backup }));
  });
}
