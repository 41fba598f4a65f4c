import { CRLF, fold } from '../text.ts';
import type { ForeignGroup, RawComponent } from './types.ts';

/** The text of a group: folded lines, each ended with CRLF. `edit` returns other lines for a component, or null to leave it out. */
export function writeGroup(
  group: ForeignGroup,
  edit: (component: RawComponent) => readonly string[] | null = ({ lines }) => lines,
): string {
  let text = '';
  for (const component of group.components) for (const line of edit(component) ?? []) text += fold(line) + CRLF;
  return text;
}
