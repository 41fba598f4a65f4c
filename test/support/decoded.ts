import type { Project, WorkItem } from '../../src/domain/plane.ts';
import { decodeWorkItem, type DecodedItem } from '../../src/sources/plane/decode/item.ts';
import * as plans from '../../src/sources/plane/decode/cycles-modules.ts';
import * as decode from '../../src/sources/plane/decode/decode.ts';
import type { CycleRow, ModuleRow } from '../../src/sources/plane/decode/cycles-modules.ts';

/** Rows of Plane as our nouns, as of a Plane that has sent every key. */

const sent = (): boolean => true;

/** Throws for what is no project. */
export function projectOf(row: unknown): Project {
  const { value, faults } = decode.projects.decode(row, sent);
  if (value === null) throw new Error([...faults.values()].join());
  return value.project;
}

export const decodedItem = (
  row: unknown,
  identifier = 'ALPHA',
  note?: (note: { key: string; reason: string }) => void,
): DecodedItem => decodeWorkItem(row, { identifier, wasSent: sent, ...(note && { note }) });

/** The item, or null. */
export const itemOf = (row: unknown): WorkItem | null => decodedItem(row).item;

export const cycleOf = (row: unknown): CycleRow | null => plans.cycles.decode(row, sent).value;

export const moduleOf = (row: unknown): ModuleRow | null => plans.modules.decode(row, sent).value;
