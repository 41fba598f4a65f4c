import type { Project } from '../../../../domain/plane.ts';
import type { Clock } from '../../../../domain/ports.ts';
import { createYieldPoint, yieldToEventLoop } from '../../../../lib/cooperative.ts';
import { decodeWorkItem, itemShape, type DecodedItem, type Note } from '../../decode/item.ts';
import { createNameSharing } from '../../decode/name-sharing.ts';
import type { Listed } from '../../trust/last-good.ts';
import type { SentKeys } from '../../trust/sent-keys.ts';

/** An item dated further ahead of Plane's clock than this counts as dated so far ahead: it must not hide later changes for long. */
export const MAX_AHEAD_MS = 300_000;

/** Where a page goes. */
export interface PageTarget {
  readonly into: Listed;
  /** Plane's clock when it answered, in milliseconds; null if it did not say. */
  readonly date: number | null;
  /** False if descriptions were not requested; true by default. */
  readonly hasText?: boolean;
}

/** Decodes the results of a page. */
export type PageDecoder = (results: readonly unknown[], project: Project, target: PageTarget) => Promise<void>;

export interface PageDecoderOptions {
  readonly planeNow: Clock;
  readonly note: (note: Note) => void;
  readonly sent: SentKeys;
}

export function createPageDecoder({ planeNow, note, sent }: PageDecoderOptions): PageDecoder {
  return async (results, { identifier }, { into, date, hasText = true }) => {
    const share = createNameSharing();
    // The request for the next page is sent first.
    await yieldToEventLoop();
    const wasSent = sent.learn(itemShape, results);
    const latest = (date ?? planeNow()) + MAX_AHEAD_MS;
    const pause = createYieldPoint();
    for (const json of results) {
      await pause();
      add(decodeWorkItem(json, { identifier, wasSent, hasText, note, share }), into, latest);
    }
  };
}

/** Adds an item in place of an earlier version: an item that is listed twice was moved by a change of the list. */
function add(decoded: DecodedItem, into: Listed, latest: number): void {
  const { id, item, isHidden, faults } = decoded;
  if (id === null) {
    into.nameless++;
    return;
  }
  into.items.delete(id);
  into.hidden.delete(id);
  into.doubts.delete(id);
  if (item !== null) into.items.set(id, item.updatedAt > latest ? { ...item, updatedAt: latest } : item);
  else if (isHidden) into.hidden.add(id);
  if (faults.size > 0 && !isHidden) into.doubts.set(id, decoded);
}
