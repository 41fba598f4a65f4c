import type { SheetJson } from '../../http/api/timesheet/responses.ts';
import { oneLine } from '../../icalendar/text.ts';
import { hoursText, localDay, titleText } from './words.ts';

/** What a reader of a timesheet has to know besides its hours. */

const MAX_LISTED = 20;

/** The values of an entry that an export has. */
interface Values {
  readonly start: string;
  readonly minutes: number;
  readonly title: string;
  readonly project: string | null;
  readonly item: string | null;
}

/** Lines: calendars that can't be read, and entries that changed or are gone since they were exported. */
export function sheetWarnings({ warnings, entries, gone, sources }: SheetJson): string[] {
  const shown = (values: Values, source: string): string =>
    `"${titleText(values.title)}" on ${localDay(sources, source, values.start)} ` +
    `(${values.item ?? values.project ?? 'unmatched'}, ${hoursText(values.minutes)})`;
  const changed = entries.flatMap((entry) => {
    const { exported, source } = entry;
    if (exported === null) return [];
    const now = shown({ ...entry, minutes: entry.rounded_minutes }, source);
    return [`Changed since export ${exported.export}: ${now} was ${shown(exported, source)}.`];
  });
  const missing = gone.map(
    (entry) => `Gone since export ${entry.export}: ${shown(entry, entry.source)}. ${entry.reason}.`,
  );
  const reported = [...changed, ...missing];
  const hidden = reported.length - MAX_LISTED;
  return [
    ...warnings,
    ...reported.slice(0, MAX_LISTED),
    ...(hidden > 0 ? [`… and ${hidden} more that changed or are gone since an export.`] : []),
    ...(reported.length > 0 ? ['Correct them where you sent the export, then mark them as settled on the page.'] : []),
  ].map(oneLine);
}
