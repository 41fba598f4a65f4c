/** What readers were shown, and what must not be in it. */

/** The calendar that everybody may read. It is never without items. */
export const OPEN = '/ics/ALPHA.ics';

/** An answer to a reader. */
export interface Reading {
  readonly server: string;
  readonly path: string;
  readonly etag: string | undefined;
  /** Last-Modified. */
  readonly modified: string | undefined;
  readonly text: string;
  /** How many readings had been noted when it was asked for. */
  readonly since: number;
  /** False where the database failed at that time. */
  readonly isStored: boolean;
}

interface Shown {
  readonly revision: number;
  /** When somebody last edited its title; 0 for never. */
  readonly editedAt: number;
  readonly text: string;
}

interface Calendar {
  readonly text: string;
  readonly components: ReadonlyMap<string, Shown>;
  readonly foreign: number;
}

/** Finds faults in answers, each by what was answered before. */
export interface Readings {
  /** How many were noted. */
  count(): number;
  /** What is wrong with an answer: sentences. */
  note(reading: Reading): readonly string[];
}

/** When a reading was asked for, and which one it is. */
interface Order {
  readonly since: number;
  readonly number: number;
}

/** The latest value of each name, which only grows. */
interface Latest {
  /** Notes a value. True where a greater one was answered before this one was asked for: answers may overtake each other. */
  isBack(name: string, value: number, order: Order): boolean;
}

function createLatest(): Latest {
  const all = new Map<string, { readonly number: number; readonly value: number }[]>();
  return {
    isBack: (name, value, { since, number }) => {
      const known = all.get(name) ?? [];
      all.set(name, known);
      if (value > (known.at(-1)?.value ?? -Infinity)) known.push({ number, value });
      const before = known.findLast((one) => one.number <= since);
      return before !== undefined && value < before.value;
    },
  };
}

const STAMPS = /^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE):.*\r\n/gm;

/** `returns`: whether a text of that component may come back. */
export function createReadings(returns: (uid: string) => boolean): Readings {
  const known = new Map<string, Calendar>();
  const texts = new Map<string, string>();
  const stamps = new Map<string, number>();
  const dates = createLatest();
  const revisions = createLatest();
  const edits = createLatest();
  const withForeign = new Set<string>();
  /** The first reading of each calendar at each server. */
  const first = new Map<string, number>();
  let count = 0;

  const at = ({ since }: Pick<Reading, 'since'>): Order => ({ since, number: count });

  /** What a server shows for the first time may not be stored, where the database fails or others store at the same time again and again. */
  function isSure({ server, path, since, isStored }: Reading): boolean {
    const own = `${server} ${path}`;
    if (!first.has(own)) first.set(own, count);
    return isStored && first.get(own)! <= since;
  }

  /**
   * The same revision never has two texts, no text has two, as none returns, and a server shows no earlier one.
   */
  function noteStamp({ server, path, ...reading }: Reading, uid: string, { revision, text }: Shown): string[] {
    const [one, content] = [`${path} ${uid} ${revision}`, `${path} ${uid} ${text}`];
    const [before = text, stamp = revision] = [texts.get(one), stamps.get(content)];
    texts.set(one, text);
    stamps.set(content, revision);
    const where = `${uid} in ${path}`;
    return [
      ...(before !== text ? [`${where} has two texts with the stamp ${revision}`] : []),
      ...(stamp !== revision && !returns(uid) ? [`a text of ${where} has the stamps ${stamp} and ${revision}`] : []),
      ...(revisions.isBack(`${server} ${path} ${uid}`, revision, at(reading))
        ? [`the stamp of ${where} went back at ${server}`]
        : []),
    ];
  }

  function noteEdit({ server, path, ...reading }: Reading, uid: string, { editedAt }: Shown): string[] {
    const isBack = edits.isBack(`${server} ${path} ${uid}`, editedAt, at(reading));
    return isBack ? [`an edit of ${uid} in ${path} was undone at ${server}`] : [];
  }

  function noteStamps(reading: Reading, { components }: Calendar): string[] {
    return [...noteDate(reading), ...[...components].flatMap(([uid, shown]) => noteStamp(reading, uid, shown))];
  }

  /** A server shows no calendar with an earlier date than before. */
  function noteDate(reading: Reading): string[] {
    const { server, path, modified = '' } = reading;
    const isBack = dates.isBack(`${server} ${path}`, Date.parse(modified), at(reading));
    return isBack ? [`the date of ${path} went back at ${server}: ${modified}`] : [];
  }

  /** Events never go all at once: that is believed after minutes. */
  function noteEmptied({ server, path, text }: Reading, { components, foreign }: Calendar): string[] {
    const own = `${server} ${path}`;
    if (components.size === 0) return path === OPEN ? [`${server} shows nothing of Plane: ${text}`] : [];
    if (foreign > 0) withForeign.add(own);
    return foreign === 0 && withForeign.has(own) ? [`${path} has lost the other calendar at ${server}`] : [];
  }

  return {
    count: () => count,
    note: (reading) => {
      count++;
      const { path, etag, text } = reading;
      const name = `${path} ${etag}`;
      const before = known.get(name);
      const calendar = before?.text === text ? before : parse(text);
      known.set(name, calendar);
      return [
        ...(before && before !== calendar ? [`${path} has two texts with the tag ${etag}`] : []),
        ...(isSure(reading) ? noteStamps(reading, calendar) : []),
        ...noteEmptied(reading, calendar),
        ...[...calendar.components].flatMap(([uid, shown]) => noteEdit(reading, uid, shown)),
      ];
    },
  };
}

/** The events in a text: those of Plane's items by UID, and how many others there are. */
function parse(text: string): Calendar {
  const components = new Map<string, Shown>();
  let foreign = 0;
  for (const block of text.match(/^BEGIN:VEVENT\r\n[^]*?^END:VEVENT\r\n/gm) ?? []) {
    const uid = /^UID:(plane-issue-.*)\r$/m.exec(block)?.[1];
    if (uid === undefined) foreign++;
    else
      components.set(uid, {
        revision: Number(/^SEQUENCE:(\d+)/m.exec(block)?.[1]),
        editedAt: Number(/^SUMMARY:.*Edited at (\d+)/m.exec(block)?.[1] ?? 0),
        text: block.replace(STAMPS, ''),
      });
  }
  return { text, components, foreign };
}
