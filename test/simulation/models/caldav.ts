import { HARMFUL, HARMLESS, OF_WRITES, UNCERTAIN, type Mutation } from '../../faults/caldav-mutations.ts';
import { createCalDavModel, type DavReply, type DavRequest } from '../../support/caldav-model.ts';
import type { NetworkAnswer, NetworkHost } from './network.ts';

/**
 * A CalDAV server in memory with habits of its own, as a seed chooses them, faults, and people who use the calendar. Its answers are those of
 * `support/caldav-model.ts`, spoiled as in `faults/`.
 */

/** Nothing is at this address. */
export const CALDAV_HOST = 'dav.invalid';
const CALENDAR = '/dav/work/';
const MOST_MS = 400;

/** The server, and what people do in its calendar. */
export interface SimulatedCalDav {
  readonly host: NetworkHost;
  readonly url: string;
  /** Address of the calendar. */
  readonly calendar: string;
  readonly username: string;
  readonly password: string;
  /** What the seed chose, for reports. */
  readonly habits: string;
  /** All objects: texts by path. */
  readonly objects: ReadonlyMap<string, string>;
  /** Those that people made, as they must be now. */
  readonly foreign: ReadonlyMap<string, string>;
  /** What the program's objects lack of a feed of Plane's items, have too much, or say otherwise: sentences. */
  differences(feed: string): string[];
  addForeign(): void;
  editForeign(): void;
  removeForeign(): void;
  /** A person edits or removes an object of the program; nothing happens where there is none. */
  editOurs(): void;
  /** While it is down, every request is refused. */
  isDown: boolean;
  /** How often something goes wrong, from 0 to 1. */
  setFaults(rate: number): void;
  /** What became of the objects that people made: a sentence for each that was changed or removed. */
  touched(): string[];
}

/** What a server makes of a text that it stores. Servers that were measured keep the marks of ours (`X-PLANE-…`). */
const KEEPS: Readonly<Record<string, (text: string) => string>> = {
  'as sent': (text) => text,
  'with properties of its own': (text) =>
    text.replace(/^END:(VEVENT|VTODO)\r?$/gm, 'X-SERVER-STAMP:1\r\nCLASS:PUBLIC\r\nEND:$1\r'),
  'line ends of Unix': (text) => text.replaceAll('\r\n', '\n'),
  'unfolded lines': (text) => linesOf(text).join('\r\n') + '\r\n',
  'lines folded elsewhere': (text) => linesOf(text).map(fold).join('\r\n') + '\r\n',
  'sorted properties': (text) => sorted(linesOf(text)).join('\r\n') + '\r\n',
  'categories one by one': (text) => linesOf(text).flatMap(splitCategories).join('\r\n') + '\r\n',
  'no properties that are not known': (text) =>
    linesOf(text)
      .filter((line) => !/^X-(?!PLANE-)/i.test(line))
      .join('\r\n') + '\r\n',
};

/** Compression takes threads, and so time that no scheduler knows of; a long wait would outlast a simulation. */
const isUsable = ({ name, headers }: Mutation): boolean =>
  headers === undefined && !/gzip|coding|overtake|status 401|hour|day|year/i.test(name);
/** A server that names another host for the calendars of a user gets no password there: no mirror can be made. */
const HABITS = HARMLESS.filter(({ name }) => !/gzip|overtake|another host/i.test(name));
const SPOILED = [...HARMFUL, ...OF_WRITES, ...UNCERTAIN].filter(isUsable);

/** Faults of the server itself: what it answers without doing anything; null: the request never arrived. */
const REFUSALS: readonly (NetworkAnswer | null)[] = [
  null,
  { status: 503, headers: { 'retry-after': '5' }, body: '' },
  { status: 503, headers: {}, body: '' },
  { status: 429, headers: { 'retry-after': '30' }, body: '' },
];

/** Listings that lack something, and look whole all the same. */
const LISTINGS: readonly ((body: string) => string)[] = [
  (body) => body.replace(MEMBERS, ''),
  (body) => {
    let count = 0;
    return body.replace(MEMBERS, (member) => (count++ % 2 === 0 ? '' : member));
  },
];
const MEMBERS = /<d:response><d:href>[^<]*\.ics<\/d:href>.*?<\/d:response>/gs;

/** `renames`: whether it names what it stores; where it is null, that is one of its habits. */
export function createSimulatedCalDav(random: () => number, renames: boolean | null = null): SimulatedCalDav {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const model = createCalDavModel();
  const read = new Set<string>();
  const [kept, keep] = pick(Object.entries(KEEPS));
  const habit = pick(HABITS);
  Object.assign(model, { keep, alter: habit.change, ...(habit.headers && { alterHeaders: habit.headers }) });
  const renamesByHabit = random() < 0.3;
  model.renames = renames ?? renamesByHabit;
  model.checksUids = random() < 0.5 && renames !== true;
  model.syncs = random() < 0.5;
  const foreign = new Map<string, string>();
  let faults = 0;
  let count = 0;

  function store(path: string, text: string): void {
    foreign.set(path, text);
    model.objects.set(path, text);
  }

  /** "" where there is none. */
  const pickForeign = (): string => (foreign.size === 0 ? '' : pick([...foreign.keys()]));
  const ownPaths = (): string[] => [...model.objects.keys()].filter((path) => !foreign.has(path));

  function addForeign(): void {
    const uid = `lunch-${++count}`;
    // Some have a name as the program gives it to this mirror or another, or were cut off by another program.
    const [own = ''] = ownPaths();
    const given = /plane-[\da-f]{8}-/.exec(own)?.[0] ?? 'plane-abcd1234-';
    const name = pick([uid, uid, `plane-abcd1234-${uid}`, `${given}${uid}`, `${uid}%40example.com`]);
    const text = aLunch(uid);
    store(`${CALENDAR}${name}.ics`, random() < 0.1 ? text.slice(0, 60) : text);
  }

  function editOurs(): void {
    // Without tags, an edit before the first reading looks like what the server made of the text.
    const known = habit.name.includes('tag') ? ownPaths().filter((path) => read.has(path)) : ownPaths();
    const path = pick([...known, '']);
    const text = model.objects.get(path);
    if (text === undefined) return;
    if (random() < 0.3) model.objects.delete(path);
    else model.objects.set(path, text.replace('SUMMARY:', `SUMMARY:Mine ${++count} `));
  }

  function answer({ method, url, headers, body }: DavRequest & { readonly url: URL }): NetworkAnswer | null {
    const request = { method, path: url.pathname, headers, body };
    if (dav.isDown) return { status: 503, headers: {}, body: '' };
    if (method === 'PUT') read.delete(url.pathname);
    if (random() >= faults) {
      const reply = model.respond(request);
      const isRead = (path: string): boolean => path === url.pathname || reply.body.toString().includes(path);
      if (method === 'REPORT' || method === 'GET') for (const path of ownPaths().filter(isRead)) read.add(path);
      return sent(reply);
    }
    const kind = random();
    if (kind < 0.3) return pick(REFUSALS);
    const reply = model.respond(request);
    if (kind < 0.5) return { ...sent(reply), way: pick(['lost', 'cut'] as const) };
    if (kind < 0.6 && method === 'PROPFIND') return sent({ ...reply, body: pick(LISTINGS)(reply.body.toString()) });
    return sent(pick(SPOILED).change(reply, request));
  }

  for (let added = 0; added < 3; added++) addForeign();
  const dav: SimulatedCalDav = {
    host: { mostMs: MOST_MS, answer: (request) => answer({ ...request, path: request.url.pathname }) },
    url: `https://${CALDAV_HOST}/`,
    calendar: `https://${CALDAV_HOST}${CALENDAR}`,
    username: model.username,
    password: model.password,
    habits: [kept, habit.name, model.renames && 'own names', model.checksUids && 'UIDs once', model.syncs && 'sync']
      .filter((one) => one !== false)
      .join(', '),
    objects: model.objects,
    foreign,
    differences: (feed) => {
      const own = ownPaths().flatMap((path) => eventsOf(model.objects.get(path)!));
      return differences(own, eventsOf(feed));
    },
    addForeign,
    editForeign: () => {
      const path = pickForeign();
      const text = foreign.get(path);
      if (text !== undefined) store(path, text.replace('SUMMARY:', `SUMMARY:${++count} `));
    },
    removeForeign: () => {
      const path = pickForeign();
      if (foreign.delete(path)) model.objects.delete(path);
    },
    editOurs,
    isDown: false,
    setFaults: (rate) => (faults = rate),
    touched: () =>
      [...foreign].flatMap(([path, text]) => {
        const now = model.objects.get(path);
        return now === text ? [] : [`${path}, which a person made, was ${now === undefined ? 'removed' : 'changed'}`];
      }),
  };
  return dav;
}

const sent = ({ status, headers, body, way }: DavReply): NetworkAnswer => ({
  status,
  headers,
  body,
  ...(way !== undefined && way !== 'late' && { way }),
});

const aLunch = (uid: string): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20261120T120000Z',
    'DURATION:PT1H',
    'SUMMARY:Lunch',
    'X-PLANE-MIRROR:abcd1234',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

/** Content lines without their folding (RFC 5545 section 3.1). */
function linesOf(text: string): string[] {
  return text
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

function fold(line: string): string {
  return (line.match(/.{1,40}/gu) ?? []).join('\r\n ');
}

/** The properties of each component in the order of their names. */
function sorted(lines: readonly string[]): string[] {
  const done: string[] = [];
  let run: string[] = [];
  for (const line of lines)
    if (/^(?:BEGIN|END):/.test(line)) {
      done.push(...run.sort(), line);
      run = [];
    } else run.push(line);
  return done;
}

function splitCategories(line: string): string[] {
  const values = /^CATEGORIES:(.*)$/.exec(line)?.[1];
  return values === undefined ? [line] : values.split(/(?<!\\),/).map((value) => `CATEGORIES:${value}`);
}

type Event = readonly [id: string, says: string];

const ID = /^UID:.*([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})/m;
const SAID = /^(?:SUMMARY|DTSTART|DTEND|DESCRIPTION|URL|STATUS)[:;]/;

/** The events of Plane's items in a text: their ids, and what readers see of them. */
function eventsOf(text: string): Event[] {
  const events = linesOf(text).join('\n').split('BEGIN:VEVENT\n').slice(1);
  return events.flatMap((event): Event[] => {
    const id = ID.exec(event)?.[1];
    const says = event.split('\n').filter((line) => SAID.test(line));
    return id === undefined ? [] : [[id, says.sort().join('\n')]];
  });
}

function differences(own: readonly Event[], feed: readonly Event[]): string[] {
  const [is, should] = [new Map(own), new Map(feed)];
  const twice = own.map(([id]) => id).filter((id, at, all) => all.indexOf(id) !== at);
  return [
    ...twice.map((id) => `${id} is in the calendar twice`),
    ...[...is.keys()].filter((id) => !should.has(id)).map((id) => `${id} is in the calendar, but not in the feed`),
    ...[...should].flatMap(([id, says]) => {
      const said = is.get(id);
      if (said === undefined) return [`${id} is not in the calendar`];
      return said === says ? [] : [`${id} is\n${said}\nand should be\n${says}`];
    }),
  ];
}
