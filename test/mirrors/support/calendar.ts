import type {
  Collection,
  IsAsRead,
  ListedResource,
  WriteOutcome,
  StoredResource,
} from '../../../src/domain/collection.ts';
import { isSameTag, isStrongTag } from '../../../src/lib/entity-tag.ts';
import { AppError } from '../../../src/domain/errors.ts';

/** A CalDAV calendar in memory, with the quirks and faults of real ones. */

export interface Call {
  readonly method: 'list' | 'read' | 'readOne' | 'put' | 'replace' | 'remove';
  readonly name: string;
}

/**
 * What goes wrong with a call: `lost` is carried out, but its answer is lost; `gone` removes nothing, and says that nothing was there;
 * `pretended` writes nothing, and says that it did.
 */
export type Fault = 'lost' | 'pretended' | 'down' | 'conflict' | 'rejected' | 'full' | 'key' | 'killed' | 'gone';

export interface CalendarOptions {
  /** How the server rewrites texts. */
  readonly rewrite?: (text: string) => string;
  /** Whether the answer to a write has an entity tag. */
  readonly sendsTags?: boolean;
  /** Whether the server chooses the names of new resources. */
  readonly renames?: boolean;
  /** How it writes entity tags. */
  readonly tags?: Tags;
}

/** Quoted as they should be, without quotes in listings, weak, the same weak one for all, or missing. */
export type Tags = 'quoted' | 'bare' | 'weak' | 'constant' | 'none';

const spelled = (tags: Tags, version: string): string | null =>
  ({ quoted: `"${version}"`, bare: version, weak: `W/"${version}"`, constant: 'W/"0"', none: null })[tags];

export interface MemoryCalendar extends Collection {
  /** Stored texts by name. */
  readonly texts: () => Map<string, string>;
  readonly calls: Call[];
  /** Calls since the last time, "put plane-….ics". */
  asked(): string[];
  writes(): number;
  /** Edits a resource as a user of a calendar app would. */
  edit(name: string, change: (text: string) => string): void;
  set(name: string, text: string): void;
  drop(name: string): void;
  /** Whether it sends mail to the guests of a meeting. */
  isScheduling: boolean;
  fault: (call: Call, at: number) => Fault | null;
  /** Names of what it fails to send. */
  readonly failing: Set<string>;
  /** Of two writes of one name at once, or of more than four. */
  readonly collisions: string[];
  /** Conditions that were not met, or missing. */
  readonly atOnce: () => number;
}

const WRITES = ['put', 'replace', 'remove'];

export function aCalendar(options: CalendarOptions = {}): MemoryCalendar {
  const { rewrite = (text: string) => text, sendsTags = true, renames = false, tags = 'quoted' } = options;
  const url = 'https://dav.example.com/ada/work/';
  const stored = new Map<string, { text: string; etag: string | null }>();
  const calls: Call[] = [];
  const collisions: string[] = [];
  const inFlight = new Set<string>();
  let most = 0;
  let version = 0;
  let read = 0;
  const listedOf = (name: string): ListedResource => ({
    name,
    href: url + encodeURIComponent(name),
    etag: stored.get(name)?.etag ?? null,
  });
  const storedOf = (name: string): StoredResource => ({ ...listedOf(name), text: stored.get(name)?.text ?? '' });
  const set = (name: string, text: string): void => {
    stored.set(name, { text: rewrite(text), etag: spelled(tags, String(++version)) });
  };

  async function called<T>(call: Call, work: () => T): Promise<T> {
    const isWrite = WRITES.includes(call.method);
    calls.push(call);
    const fault = calendar.fault(call, calls.length);
    if (isWrite) {
      if (inFlight.has(call.name)) collisions.push(call.name);
      inFlight.add(call.name);
      most = Math.max(most, inFlight.size);
    }
    // Others get a turn, as they would over a network.
    await new Promise((resolve) => setImmediate(resolve));
    inFlight.delete(call.name);
    if (fault === 'killed') throw new Error('killed');
    if (fault === 'key') throw new AppError('caldav_key', 'The server does not accept the password.');
    if (fault === 'down') throw new AppError('caldav_unavailable', 'The server did not answer.');
    if (fault === 'gone') return { kind: 'done', etag: null, wasGone: true } as T;
    if (fault === 'pretended') return { kind: 'done', etag: null } as T;
    if (fault !== null && fault !== 'lost' && isWrite) return { kind: fault, reason: `said ${fault}` } as T;
    const answer = work();
    if (fault === 'lost') throw new AppError('caldav_unavailable', 'The answer was lost.');
    return answer;
  }

  const done = (name: string): WriteOutcome => {
    const etag = stored.get(name)?.etag ?? null;
    return { kind: 'done', etag: sendsTags && isStrongTag(etag) ? etag : null };
  };
  const conflict: WriteOutcome = { kind: 'conflict', reason: 'Something else is there' };
  const create = (name: string, text: string): WriteOutcome => {
    const place = renames ? `${++version}-chosen-by-server.ICS` : name;
    set(place, text);
    return done(place);
  };
  /** Whether a resource is as it was listed, or, without a strong tag, as it was read. */
  const isAsListed = ({ name, etag }: Pick<ListedResource, 'name' | 'etag'>, isAsRead?: IsAsRead): boolean => {
    const there = stored.get(name);
    if (!there) return false;
    return isStrongTag(etag) ? isSameTag(there.etag, etag) : isAsRead?.(there.text) === true;
  };
  const overwrite = (name: string, text: string, isMet: boolean, isOurs: (text: string) => boolean): WriteOutcome => {
    const there = stored.get(name);
    if (!isMet && there && isOurs(there.text)) return done(name);
    if (!isMet) return conflict;
    set(name, text);
    return done(name);
  };

  const calendar: MemoryCalendar = {
    url,
    displayName: 'Work',
    components: ['VEVENT', 'VTODO'],
    calls,
    collisions,
    fault: () => null,
    failing: new Set(),
    isScheduling: false,
    schedules: () => Promise.resolve(calendar.isScheduling),
    texts: () => new Map([...stored].map(([name, { text }]) => [name, text])),
    asked: () => calls.slice(read, (read = calls.length)).map(({ method, name }) => `${method} ${name}`.trim()),
    writes: () => calls.filter(({ method }) => WRITES.includes(method)).length,
    atOnce: () => most,
    edit: (name, change) => {
      set(name, change(stored.get(name)!.text));
    },
    set,
    drop: (name) => {
      stored.delete(name);
    },
    list: () =>
      called({ method: 'list', name: '' }, () => new Map([...stored.keys()].map((name) => [name, listedOf(name)]))),
    read: (listed, skip) =>
      called({ method: 'read', name: '' }, () => {
        const readable = listed.filter(({ name }) => {
          if (!calendar.failing.has(name)) return stored.has(name);
          const error = new AppError('caldav_unavailable', `${name} can't be read.`);
          if (!skip) throw error;
          skip(name, error);
          return false;
        });
        return new Map(readable.map(({ name }) => [name, storedOf(name)]));
      }),
    readOne: (name) => called({ method: 'readOne', name }, () => (stored.has(name) ? storedOf(name) : null)),
    put: (name, text, condition, isOurs) => {
      if (!/^[a-z0-9-]+\.ics$/.test(name)) throw new Error(`a name that must not be written: ${name}`);
      return called({ method: 'put', name }, () => {
        if (!('ifNoneMatch' in condition)) {
          const [etag, isAsRead] = 'ifMatch' in condition ? [condition.ifMatch] : [null, condition.ifRead];
          return overwrite(name, text, isAsListed({ name, etag }, isAsRead), isOurs);
        }
        const there = stored.get(name);
        if (!there) return create(name, text);
        return isOurs(there.text) ? done(name) : conflict;
      });
    },
    replace: (listed, text, isOurs, isAsRead) =>
      called({ method: 'replace', name: listed.name }, () =>
        overwrite(listed.name, text, isAsListed(listed, isAsRead), isOurs),
      ),
    remove: (listed, isAsRead) =>
      called({ method: 'remove', name: listed.name }, () => {
        if (stored.has(listed.name) && !isAsListed(listed, isAsRead)) return conflict;
        stored.delete(listed.name);
        return { kind: 'done', etag: null };
      }),
  };
  return calendar;
}

const unfold = (text: string): string[] => text.replace(/\r\n[ \t]/g, '').split('\r\n');

/** How real servers rewrite texts. */
export const REWRITES: Readonly<Record<string, (text: string) => string>> = {
  radicale: (text) =>
    unfold(text)
      .map((line) =>
        line
          .replace(/^(TRIGGER[^:]*):-PT24H$/, '$1:-P1D')
          .replace(/^(TRIGGER[^:]*):-PT60M$/, '$1:-PT1H')
          .replace(/^(\w+);(VALUE=\w+):/, '$1;X-A=b;$2:'),
      )
      .join('\r\n'),
  xandikos: (text) => unfold(text).join('\r\n').replaceAll('\\n', '\\N'),
  cyrus: (text) =>
    unfold(text)
      .flatMap((line) =>
        line.startsWith('CATEGORIES:')
          ? line
              .slice('CATEGORIES:'.length)
              .split(/(?<!\\),/)
              .reverse()
              .map((one) => `CATEGORIES:${one}`)
          : [line],
      )
      .join('\r\n'),
  sogo: (text) =>
    unfold(text)
      .join('\n')
      .replace(/^(?![^]*\nCLASS:)([^]*)\nEND:(VEVENT|VTODO)/, '$1\nCLASS:PUBLIC\nEND:$2'),
};
