import { createHash } from 'node:crypto';
import type { CalendarHead } from '../domain.ts';
import { stampBlock, type Block, type Revision } from './block.ts';
import { nearestColorName } from './color.ts';
import { CRLF, escapeText, fold, oneLine, sanitize, uriValue } from './text.ts';

/** Named without a version: another release must not change every feed. */
const PRODID = '-//plane-ics//plane-ics//EN';
/** How often a client should look again: Nextcloud looks weekly without it, Outlook takes it as a lower bound. */
const REFRESH = 'PT1H';

/** A block and its revision. */
export interface StampedBlock {
  readonly block: Block;
  readonly revision: Revision;
}

/** Components by day, then UID, compared by code units: the same blocks in any order give the same bytes. */
export function renderBlocks(blocks: readonly StampedBlock[]): Buffer {
  const sorted = [...blocks].sort((a, b) => compare(a.block.start, b.block.start) || compare(a.block.uid, b.block.uid));
  return Buffer.from(sorted.map(({ block, revision }) => stampBlock(block, revision)).join(''));
}

/** An iCalendar object (RFC 5545 section 3.4) without METHOD. */
export function renderDocument(head: CalendarHead, blocks: Buffer): Buffer {
  return Buffer.concat([Buffer.from(renderHead(head)), blocks, Buffer.from(`END:VCALENDAR${CRLF}`)]);
}

/** Strong validator of the bytes, without quotes (RFC 9110 section 8.8.3). */
export function etagOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}

/** Name and description stand twice: RFC 7986 sections 5.1 and 5.2, and the older properties that Google and Apple read. */
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
