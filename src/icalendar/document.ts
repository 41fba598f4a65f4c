import { createHash } from 'node:crypto';
import type { CalendarHead, ForeignComponent, Zone } from '../domain/calendar.ts';
import { forEachInSteps } from '../lib/cooperative.ts';
import { stampBlock, type Block, type Revision } from './block.ts';
import { createByteWriter, type Piece } from './byte-writer.ts';
import { nearestColorName } from './color.ts';
import { CRLF, escapeText, fold, oneLine, sanitize, uriValue } from './text.ts';

/** Without a version: a release must not change every feed. */
const PRODID = '-//plane-ics//plane-ics//EN';
/** How often a client should refresh. Without it Nextcloud refreshes weekly; Outlook takes it as a lower bound. */
const REFRESH = 'PT1H';
/** Components that are put in order, and bytes that are copied, between two yield points. */
const STEP = 256;
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

/** A component as bytes. */
export interface WrittenComponent {
  readonly place: SortPosition;
  readonly piece: Piece;
}

/** The components of a calendar in their order, and the position of each. */
export interface Body {
  readonly bytes: Buffer;
  readonly places: readonly SortPosition[];
}

/** The body of a calendar that was never written. */
export const EMPTY_BODY: Body = { bytes: Buffer.alloc(0), places: [] };

/** Writes components for a calendar. */
export interface ComponentWriter {
  /** A block with its revision. */
  block(projectId: string, id: string, block: Block, revision: Revision): WrittenComponent;
  /** A component of another calendar, as it is. */
  foreign(projectId: string, id: string, component: ForeignComponent): WrittenComponent;
}

export function createComponentWriter(): ComponentWriter {
  const write = createByteWriter();
  return {
    block: (projectId, id, block, revision) => {
      const { start, uid } = block;
      const piece = write(stampBlock(block, revision));
      return { place: { projectId, id, start, uid, length: piece.to - piece.from, revision }, piece };
    },
    foreign: (projectId, id, { start, uid, text, zones }) => {
      const piece = write(text);
      const length = piece.to - piece.from;
      const place = { projectId, id, start, uid, length };
      return { place: zones.length === 0 ? place : { projectId, id, start, uid, length, zones }, piece };
    },
  };
}

/** A body in pieces. */
export interface ArrangedComponents {
  readonly pieces: readonly Piece[];
  readonly places: readonly SortPosition[];
  /** In octets. */
  readonly length: number;
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
  const { bytes } = earlier;
  const pieces: Piece[] = [];
  const places: SortPosition[] = [];
  /** The run of earlier components that is to be copied. */
  let from = 0;
  let to = 0;
  let next = 0;
  let length = 0;

  function endRun(): void {
    if (to > from) pieces.push({ bytes, from, to });
    from = to;
  }

  for (let index = 0; index <= earlier.places.length; index++) {
    const place = earlier.places[index];
    for (let one = added[next]; one && (!place || comparePlaces(one.place, place) < 0); one = added[++next]) {
      endRun();
      places.push(one.place);
      pieces.push(one.piece);
      length += one.place.length;
      if (next % STEP === 0) yield;
    }
    if (!place) break;
    if (isStale(place)) {
      endRun();
      from += place.length;
    } else {
      places.push(place);
      length += place.length;
    }
    to += place.length;
  }
  endRun();
  return { pieces, places, length };
}

/** Sorted by day, then within each day: sorting a large calendar at once would block for too long. */
function* inOrder(written: readonly WrittenComponent[]): Generator<undefined, WrittenComponent[]> {
  const days = new Map<string, WrittenComponent[]>();
  yield* forEachInSteps(written, STEP, (one) => {
    const day = days.get(one.place.start);
    if (day) day.push(one);
    else days.set(one.place.start, [one]);
  });
  const ordered: WrittenComponent[] = [];
  for (const [, ofDay] of [...days].sort(([a], [b]) => compare(a, b))) {
    yield;
    for (const one of ofDay.sort((a, b) => compareOfDay(a.place, b.place))) ordered.push(one);
  }
  return ordered;
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
  const identity = Buffer.allocUnsafeSlow(top.length + arranged.length + end.length);
  yield;
  const digest = createHash('sha256');
  let length = 0;
  let digested = 0;
  for (const { bytes, from, to } of [whole(top), ...arranged.pieces, whole(end)]) {
    for (let at = from; at < to; at += PIECE_BYTES) {
      length += bytes.copy(identity, length, at, Math.min(to, at + PIECE_BYTES));
      if (length - digested < PIECE_BYTES) continue;
      digest.update(identity.subarray(digested, length));
      digested = length;
      yield;
    }
  }
  digest.update(identity.subarray(digested));
  const bytes = identity.subarray(top.length, identity.length - end.length);
  return { identity, etag: digest.digest('base64url').slice(0, 22), body: { bytes, places: arranged.places } };
}

const whole = (bytes: Buffer): Piece => ({ bytes, from: 0, to: bytes.length });

/** Each zone that the components refer to, once. */
function zoneTexts(places: readonly SortPosition[]): string {
  const byId = new Map<string, Zone>();
  let last: readonly Zone[] | undefined;
  for (const { zones } of places) {
    if (zones === last) continue;
    last = zones;
    for (const zone of zones ?? []) byId.set(zone.tzid, zone);
  }
  return [...byId.values()]
    .sort((a, b) => compare(a.tzid, b.tzid))
    .map(({ text }) => text)
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
