import type { CalendarEvent } from '../domain.ts';
import type { Block, Revision } from './block.ts';

/** Tells the revision of an event whose block was just written. */
export type Revise = (event: CalendarEvent, block: Block) => Revision;

/** The revision as the source tells it: the second of its last change. The one place that says what a revision is. */
export const reviseBySource: Revise = (event) => Math.floor(event.touchedAt / 1000);
