import { createHash } from 'node:crypto';
import type { CalendarHead, ForeignComponent, Zone } from '../domain/calendar.ts';
import { stampBlock, type Block, type Revision } from './block.ts';
import { nearestColorName } from './color.ts';
import { CRLF, escapeText, fold, oneLine, sanitize, uriValue } from './text.ts';

/** Without a version: a release must not change every feed. */
const PRODID = '-//plane-ics//plane-ics//EN';
/** How often a client should refresh. Without it Nextcloud refreshes weekly; Outlook takes it as a lower bound. */
const REFRESH = 'PT1H';
/** Characters of new text, and bytes of copied text, between two yield points. */
const PAUSE_LENGTH = 65_536;
const PIECE_BYTES = 524_288;

/** Where one component is in a calendar's bytes. */
export interface SortPosition {
  /** The project, and the id of the component's origin; both "" for a note. */
  readonly projectId: string;
  readonly id: string;
  /** The day by which it is sorted. */
  readonly start: string;
  readonly uid: string;
  /** Octets. */
  readonly length: number;
  /** Left out for a component of another calendar. */
  readonly revision?: Revision;
  /** Those that its times refer to; left out for none. */
  readonly zones?: readonly Zone[];
}

/** A component as text. */
export interface WrittenComponent {
  readonly place: SortPosition;
  readonly text: string;
}

/** The components of a calendar in their order, and the position of each. */
export interface Body {
  readonly bytes: Buffer;
  readonly places: readonly SortPosition[];
}

/** The body of a calendar that was never written. */
export const EMPTY_BODY: Body = { bytes: Buffer.alloc(0), places: [] };

/** The text of a block with its revision. */
export function writtenBlock(projectId: string, id: string, block: Block, revision: Revision): WrittenComponent {
  const text = stampBlock(block, revision);
  const { start, uid } = block;
  return { place: { projectId, id, start, uid, length: Buffer.byteLength(text), revision }, text };
}

/** A component of another calendar, as it is. */
export function writtenForeign(projectId: string, id: string, component: ForeignComponent): WrittenComponent {
  const { start, uid, text, zones } = component;
  const place = { projectId, id, start, uid, length: Buffer.byteLength(text) };
  return { place: zones.length === 0 ? place : { ...place, zones }, text };
}

/** A body in chunks. */
export interface ArrangedComponents {
  readonly chunks: readonly Buffer[];
  readonly places: readonly SortPosition[];
}

/**
 * Removes stale components from a body and adds fresh ones. They are ordered by day, then UID, compared by code units, so the same
 * components give the same bytes whatever happened before. The rest is copied in runs, unread. A generator, so that a caller can pause.
 */
export function* arrange(
  earlier: Body,
  isStale: (place: SortPosition) => boolean,
  fresh: readonly WrittenComponent[],
): Generator<undefined, ArrangedComponents> {
  const added = yield* inOrder(fresh);
  const chunks: Buffer[] = [];
  const places: SortPosition[] = [];
  let text = '';
  let from = 0;
  let to = 0;
  let next = 0;

  function endText(): void {
    if (text !== '') chunks.push(Buffer.from(text));
    text = '';
  }
  function endRun(): void {
    if (to > from) chunks.push(earlier.bytes.subarray(from, to));
    from = to;
  }

  for (let index = 0; index <= earlier.places.length; index++) {
    const place = earlier.places[index];
    for (let one = added[next]; one && (!place || comparePlaces(one.place, place) < 0); one = added[++next]) {
      endRun();
      places.push(one.place);
      text += one.text;
      if (text.length < PAUSE_LENGTH) continue;
      endText();
      yield;
    }
    if (!place) break;
    if (isStale(place)) {
      endRun();
      from += place.length;
    } else {
      endText();
      places.push(place);
    }
    to += place.length;
  }
  endText();
  endRun();
  return { chunks, places };
}

/** Sorted by day, then within each day: sorting a large calendar at once would block for too long. */
function* inOrder(written: readonly WrittenComponent[]): Generator<undefined, WrittenComponent[]> {
  const days = new Map<string, WrittenComponent[]>();
  for (const one of written) {
    const day = days.get(one.place.start);
    if (day) day.push(one);
    else days.set(one.place.start, [one]);
  }
  const ordered: WrittenComponent[] = [];
  for (const [, ofDay] of [...days].sort(([a], [b]) => compare(a, b))) {
    yield;
    for (const one of ofDay.sort((a, b) => compareOfDay(a.place, b.place))) ordered.push(one);
  }
  return ordered;
}

/** The size of the components in octets. */
export function lengthOf({ chunks }: ArrangedComponents): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** A calendar's bytes. */
export interface AssembledDocument {
  readonly identity: Buffer;
  /** Strong validator of the bytes, without quotes (RFC 9110 section 8.8.3). */
  readonly etag: string;
  readonly body: Body;
}

/** Writes an iCalendar object (RFC 5545 section 3.4) without METHOD. A generator, so that a caller can pause. */
export function* assemble(head: CalendarHead, arranged: ArrangedComponents): Generator<undefined, AssembledDocument> {
  const top = Buffer.from(renderHead(head) + zoneTexts(arranged.places));
  const end = Buffer.from(`END:VCALENDAR${CRLF}`);
  const identity = Buffer.allocUnsafeSlow(top.length + lengthOf(arranged) + end.length);
  const digest = createHash('sha256');
  let length = 0;
  for (const chunk of [top, ...arranged.chunks, end]) {
    for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
      const piece = chunk.subarray(from, from + PIECE_BYTES);
      length += piece.copy(identity, length);
      digest.update(piece);
      yield;
    }
  }
  const bytes = identity.subarray(top.length, identity.length - end.length);
  return { identity, etag: digest.digest('base64url').slice(0, 22), body: { bytes, places: arranged.places } };
}

/** Each zone that the components refer to, once. */
function zoneTexts(places: readonly SortPosition[]): string {
  const texts = new Map<string, string>();
  for (const { zones = [] } of places) for (const { tzid, text } of zones) texts.set(tzid, text);
  return [...texts]
    .sort(([a], [b]) => compare(a, b))
    .map(([, text]) => text)
    .join('');
}

/** Name and description are written twice: as in RFC 7986 sections 5.1 and 5.2, and in the older properties that Google and Apple read. */
function renderHead(head: CalendarHead): string {
  const name = escapeText(oneLine(head.name));
  const description = escapeText(sanitize(head.description));
  const url = head.url === null ? null : uriValue(head.url);
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `PRODID:${PRODID}`,
    'CALSCALE:GREGORIAN',
    `NAME:${name}`,
    `X-WR-CALNAME:${name}`,
    `DESCRIPTION:${description}`,
    `X-WR-CALDESC:${description}`,
    `COLOR:${nearestColorName(head.color)}`,
    `X-APPLE-CALENDAR-COLOR:${head.color}`,
    `REFRESH-INTERVAL;VALUE=DURATION:${REFRESH}`,
    `X-PUBLISHED-TTL:${REFRESH}`,
    ...(url === null ? [] : [`URL:${url}`]),
  ]
    .map((line) => fold(line) + CRLF)
    .join('');
}

function comparePlaces(a: SortPosition, b: SortPosition): number {
  return compare(a.start, b.start) || compareOfDay(a, b);
}

/** Of one day. */
function compareOfDay(a: SortPosition, b: SortPosition): number {
  return compare(a.uid, b.uid) || compare(a.projectId, b.projectId);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
