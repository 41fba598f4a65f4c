import type { ForeignGroup } from './types.ts';

/** The text of a group as it was read. */
export function writeGroup({ components }: ForeignGroup): string {
  return components.map(({ text }) => text).join('');
}
