import { AppError } from '../../domain/errors.ts';

/** Mirrors that would copy a calendar into itself. */

/** What a mirror reads and where it writes. */
export interface MirrorPath {
  readonly name: string;
  /** Ids of the foreign calendars it shows. */
  readonly calendarIds: readonly string[];
  /** The calendar it writes into; null until that was found. */
  readonly target: string | null;
}

/** Throws `invalid` where a mirror writes into a calendar that it shows, itself or through other mirrors. */
export function rejectLoop(
  mirror: MirrorPath,
  others: readonly MirrorPath[],
  addressOf: (calendarId: string) => string | null,
): void {
  const addressesOf = ({ calendarIds }: MirrorPath): string[] => calendarIds.flatMap((id) => addressOf(id) ?? []);
  const shown = addressesOf(mirror);
  const seen = new Set<MirrorPath>();
  const visit = (target: string | null, via: readonly string[]): void => {
    if (target === null) return;
    if (shown.some((address) => isSameCalendar(address, target))) throw new AppError('invalid', sentence(via));
    for (const other of others) {
      if (seen.has(other) || !addressesOf(other).some((address) => isSameCalendar(address, target))) continue;
      seen.add(other);
      visit(other.target, [...via, other.name]);
    }
  };
  visit(mirror.target, []);
}

function sentence(via: readonly string[]): string {
  const through = via.length === 0 ? '' : ` through ${via.map((name) => `"${name}"`).join(' and ')}`;
  return `This mirror writes into a calendar that it also shows${through}. Choose another calendar.`;
}

/** Whether an address is that of a calendar, or of an export of it such as ".../?export". */
function isSameCalendar(address: string, calendar: string): boolean {
  if (!URL.canParse(address) || !URL.canParse(calendar)) return false;
  const [one, other] = [new URL(address), new URL(calendar)];
  return one.host === other.host && pathOf(one).startsWith(pathOf(other));
}

/** Escapes and letter case of escapes differ between servers and those who type addresses. */
function pathOf({ pathname }: URL): string {
  const path = pathname.endsWith('/') ? pathname : `${pathname}/`;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
