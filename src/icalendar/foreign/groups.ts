import { hash as digest } from 'node:crypto';
import { forEachInSteps } from '../../lib/cooperative.ts';
import { hasName } from './content-line.ts';
import type { ReadComponent } from './reader.ts';
import { CRLF, escapeText, foldLines, unfoldLines } from '../text.ts';
import type { Dropped, ForeignGroup, RawComponent, Stamps } from './types.ts';

/** Puts components that share a UID together, and decides between several of one kind. */

/** Components that are handled in one step. */
const STEP = 128;
/** DTSTAMP of a component that has no stamp at all. */
const NO_STAMP = '19700101T000000Z';

/** What became of the components of a file. */
export interface Grouped {
  readonly groups: ReadonlyMap<string, ForeignGroup>;
  readonly unreadable: ReadonlySet<string>;
}

type Member = ReadComponent & { readonly uid: string };

const hasUid = (component: ReadComponent): component is Member => component.uid !== null;

/** Components in the order of the file. */
export function* groupComponents(
  components: readonly ReadComponent[],
  onDropped: (dropped: Dropped) => void,
): Generator<undefined, Grouped> {
  const unreadable = new Set<string>();
  const byUid = new Map<string, Member[]>();
  const name = createNamer();
  yield* forEachInSteps(components, STEP, (component) => {
    const { fault, uid } = component;
    if (fault !== null) {
      onDropped(fault);
      if (uid !== null) unreadable.add(uid);
      return;
    }
    const member = hasUid(component) ? component : name(component);
    const members = byUid.get(member.uid);
    if (members === undefined) byUid.set(member.uid, [member]);
    else members.push(member);
  });
  return { groups: yield* groupsOf(byUid, unreadable, onDropped), unreadable };
}

const IDENTIFYING = ['DTSTART', 'DUE', 'SUMMARY', 'RECURRENCE-ID'];

/** Gives components without a UID one that says what they are: it stays the same while start and title do. */
function createNamer(): (component: ReadComponent) => Member {
  const contents = new Map<string, string>();
  return (component) => {
    const { name } = component;
    const lines = unfoldLines(component.text);
    const identity = lines.filter((line) => IDENTIFYING.some((one) => hasName(line, one)));
    const content = contentOf(component);
    let uid = hash([name, ...identity].join('\n'));
    if ((contents.get(uid) ?? content) !== content) uid = hash(content);
    contents.set(uid, content);
    return { ...component, uid, text: withFirst(component.text, `UID:${uid}`) };
  };
}

function* groupsOf(
  byUid: ReadonlyMap<string, readonly Member[]>,
  unreadable: ReadonlySet<string>,
  onDropped: (dropped: Dropped) => void,
): Generator<undefined, Map<string, ForeignGroup>> {
  const groups = new Map<string, ForeignGroup>();
  const tzidsOf = createZoneLister();
  const add = (members: readonly Member[]): void => {
    const first = members[0];
    if (first !== undefined) groups.set(first.uid, groupOf(first.uid, members, tzidsOf(members)));
  };
  const isTaken = (uid: string, members: readonly Member[]): boolean => {
    const mirrored = members.find(({ isMirrored }) => isMirrored);
    if (mirrored !== undefined)
      onDropped({ line: mirrored.line, reason: `A mirror of plane-ics has written "${uid}".` });
    return mirrored === undefined && !unreadable.has(uid);
  };
  const others: Member[] = [];
  let count = 0;
  for (const [uid, members] of byUid) {
    if (count++ % STEP === 0) yield;
    if (isTaken(uid, members)) add(members.length === 1 ? members : yield* choose(members, others, onDropped));
  }
  for (const [index, other] of others.entries()) {
    if (index % STEP === 0) yield;
    add([renamed(other, (uid) => groups.has(uid) || byUid.has(uid))]);
  }
  return groups;
}

/**
 * Of several components for one occurrence the newest stays. Components that are equally new and differ, or are of another kind than the first,
 * are added to `others`, to have a UID of their own.
 */
function* choose(
  members: readonly Member[],
  others: Member[],
  onDropped: (dropped: Dropped) => void,
): Generator<undefined, readonly Member[]> {
  const byOccurrence = new Map<string, Member[]>();
  for (const member of members) {
    const key = `${member.name} ${member.recurrenceId}`;
    const found = byOccurrence.get(key);
    if (found === undefined) byOccurrence.set(key, [member]);
    else found.push(member);
  }
  const chosen: Member[] = [];
  for (const versions of byOccurrence.values()) {
    const newest = versions.reduce((a, b) => (compareStamps(b, a) > 0 ? b : a));
    const contents = new Set<string>();
    for (const [index, version] of versions.entries()) {
      if (index % STEP === 0) yield;
      if (compareStamps(version, newest) < 0) {
        onDropped({ line: version.line, reason: `There is a newer version of "${version.uid}".` });
        continue;
      }
      const content = versions.length === 1 ? '' : hash(contentOf(version));
      if (contents.has(content)) continue;
      const isFirst = contents.size === 0 && version.name === members[0]?.name;
      (isFirst ? chosen : others).push(version);
      contents.add(content);
    }
  }
  return chosen;
}

/** By SEQUENCE, then LAST-MODIFIED, then DTSTAMP. */
function compareStamps(a: Stamps, b: Stamps): number {
  if (a.sequence !== b.sequence) return a.sequence - b.sequence;
  if (a.lastModified !== b.lastModified) return a.lastModified < b.lastModified ? -1 : 1;
  if (a.dtstamp !== b.dtstamp) return a.dtstamp < b.dtstamp ? -1 : 1;
  return 0;
}

/** With a UID of its own: by UID and start, so that it stays when the rest changes, else by all that it says. */
function renamed(member: Member, isTaken: (uid: string) => boolean): Member {
  const lines = unfoldLines(member.text);
  const start = lines.find((line) => hasName(line, 'DTSTART') || hasName(line, 'DUE')) ?? '';
  const seeds = [[member.uid, member.name, member.recurrenceId, start].join('\n'), contentOf(member)];
  const uid = seeds.map(hash).find((one) => !isTaken(one)) ?? hash(`${contentOf(member)}\n${member.line}`);
  let depth = 0;
  const edited = lines.map((line) => {
    if (line.startsWith('BEGIN:')) depth++;
    else if (line.startsWith('END:')) depth--;
    // Alarms have UIDs of their own.
    return depth === 1 && hasName(line, 'UID') ? `UID:${escapeText(uid)}` : line;
  });
  return { ...member, uid, text: foldLines(edited) };
}

function groupOf(uid: string, members: readonly Member[], tzids: readonly string[]): ForeignGroup {
  const first = members[0];
  // Most are alone.
  if (first !== undefined && members.length === 1) {
    const only = withStamp(first);
    return { uid, components: [componentOf(only)], stamps: stampsOf(only), tzids };
  }
  const stamped = members.map(withStamp);
  const isMaster = ({ recurrenceId }: Member): boolean => recurrenceId === '';
  const sorted = stamped.toSorted((a, b) => Number(isMaster(b)) - Number(isMaster(a)));
  return { uid, components: sorted.map(componentOf), stamps: stamped.map(stampsOf).reduce(newest), tzids };
}

const componentOf = ({ name, line, text, days }: Member): RawComponent => ({ name, line, text, days });

const stampsOf = ({ sequence, lastModified, dtstamp }: Stamps): Stamps => ({ sequence, lastModified, dtstamp });

/** Each by itself. */
const newest = (a: Stamps, b: Stamps): Stamps => ({
  sequence: Math.max(a.sequence, b.sequence),
  lastModified: a.lastModified > b.lastModified ? a.lastModified : b.lastModified,
  dtstamp: a.dtstamp > b.dtstamp ? a.dtstamp : b.dtstamp,
});

/** Returns a function that lists the zones of components: the same list again where they are those of the components before. */
function createZoneLister(): (members: readonly Member[]) => readonly string[] {
  let latest: readonly string[] = [];
  return (members) => {
    const first = members[0];
    if (first !== undefined && members.length === 1 && isListOf(first.zoneUses, latest)) return latest;
    const tzids = [...new Set(members.flatMap(({ zoneUses }) => zoneUses.map(({ tzid }) => tzid)))];
    if (tzids.join('\n') !== latest.join('\n')) latest = tzids;
    return latest;
  };
}

function isListOf(uses: ReadComponent['zoneUses'], tzids: readonly string[]): boolean {
  return uses.length === tzids.length && uses.every(({ tzid }, index) => tzid === tzids[index]);
}

/** With a DTSTAMP: where there is none, when it was changed or made, as it says. */
function withStamp(member: Member): Member {
  if (member.dtstamp !== '') return member;
  const { text, lastModified } = member;
  const created = unfoldLines(text)
    .find((line) => line.startsWith('CREATED:'))
    ?.slice(8);
  const dtstamp = [lastModified, created].find((stamp) => stamp?.endsWith('Z')) ?? NO_STAMP;
  return { ...member, dtstamp, text: withFirst(text, `DTSTAMP:${dtstamp}`) };
}

/** The text of a component with one more property, before its others. */
function withFirst(text: string, line: string): string {
  const begin = text.indexOf(CRLF) + CRLF.length;
  return text.slice(0, begin) + foldLines([line]) + text.slice(begin);
}

/** Whether two groups say the same, but for DTSTAMP; the order of overrides doesn't matter. */
export function isSameContent(a: ForeignGroup, b: ForeignGroup): boolean {
  if (a.components.length !== b.components.length) return false;
  if (a.components.every(({ text }, index) => text === b.components[index]?.text)) return true;
  const others = b.components.map(contentOf).sort();
  return a.components
    .map(contentOf)
    .sort()
    .every((content, index) => content === others[index]);
}

/** All that a component says, but DTSTAMP. */
function contentOf({ text }: { readonly text: string }): string {
  const lines = unfoldLines(text).filter((line) => !hasName(line, 'DTSTAMP'));
  return `${lines.join('\n')}\n`;
}

const hash = (text: string): string => digest('sha256', text).slice(0, 32);
