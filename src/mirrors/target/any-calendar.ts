import { openCollection } from '../../caldav/collection.ts';
import type { Account } from '../../caldav/transport/account.ts';
import type { Calendar } from '../../caldav/calendar.ts';
import type { Login } from '../../caldav/login.ts';
import { errorCode } from '../../domain/errors.ts';
import { makeBackup, type Backup } from '../backup/backup.ts';
import { restoreBackup, type RestoreHow, type Restored } from '../backup/restore.ts';
import { findOrCreateCalendar } from '../calendar.ts';
import type { CalendarChoice } from '../mirror.ts';
import type { MirrorTools } from '../tools.ts';
import { withAccount, type LoginTools } from './locate.ts';

/** Backups of calendars of any account. */

/** What a restore works with. */
type RestoreTools = LoginTools & Pick<MirrorTools, 'runExclusive'>;

/** Everything in the calendar at that address. Throws what the calendar throws. */
export async function backupCalendar(login: Login, url: string, tools: LoginTools): Promise<Backup> {
  return withAccount(login, tools, async (account) => makeBackup(await openCollection(account, url), tools.now));
}

/** Restores a backup to a calendar, which is created when none has its name. Throws what the calendar throws. */
export async function restoreCalendar(
  login: Login,
  { calendar, backup, ...how }: RestoreHow & { readonly calendar: CalendarChoice; readonly backup: Backup },
  tools: RestoreTools,
): Promise<Restored> {
  return withAccount(login, tools, async (account) => {
    const { url } = await findFor(account, calendar, backup);
    const collection = await openCollection(account, url);
    return tools.runExclusive(url, () => restoreBackup({ ...how, collection, backup }));
  });
}

/**
 * The calendar for a backup. A new one accepts what the old one did, as far as the server makes such a calendar: else what is in the backup,
 * else one kind, because some servers keep events and to-dos apart.
 */
async function findFor(account: Account, calendar: CalendarChoice, { manifest, files }: Backup): Promise<Calendar> {
  const inFiles = kindsIn(files);
  const all = [...new Set([...manifest.components, ...inFiles])];
  const [first = 'VEVENT', ...others] = all;
  const component = others.includes('VEVENT') ? 'VEVENT' : first;
  const find = (alsoComponents: readonly string[]): Promise<Calendar> =>
    findOrCreateCalendar(account, { calendar, mirrorId: 'restored', component, alsoComponents });
  for (const alsoComponents of [all, inFiles]) {
    try {
      return await find(alsoComponents);
    } catch (error) {
      if (errorCode(error) !== 'caldav_refused') throw error;
    }
  }
  return find([]);
}

function kindsIn(files: Backup['files']): readonly string[] {
  const kinds = [...files.values()].flatMap((text) => text.match(/(?<=^BEGIN:)(?:VEVENT|VTODO|VJOURNAL)\b/gim) ?? []);
  return [...new Set(kinds.map((kind) => kind.toUpperCase()))];
}
