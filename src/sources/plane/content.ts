import type { ItemInfo } from '../../domain/explain.ts';
import type { RequiredPart, NameKind, Snapshot, WorkItem } from '../../domain/plane.ts';
import type { ProjectContent, Selection } from '../../domain/ports.ts';
import { runInSlices } from '../../lib/cooperative.ts';
import { digestOfMaps } from '../../lib/record-version.ts';
import { oneLine } from '../../icalendar/text.ts';
import { changedIds, editsSince } from '../../views/changes.ts';
import { explainItem } from '../../views/explain/explain.ts';
import { nameables } from '../../views/filter.ts';
import { guestSnapshot } from '../../views/guest.ts';
import { requiredParts } from '../../views/options/options.ts';
import { overdueItems } from '../../views/overdue.ts';
import type { PlaneLinks } from '../../views/plane-links.ts';
import { itemKey } from '../../views/work-item.ts';
import { viewComponents } from '../../views/view.ts';
import type { ProjectList } from './api/reader.ts';
import type { UnreadLists } from './sync/state/freshness.ts';

/** A Plane project as the port shows it. Only this source reads the snapshot. */
export interface PlaneContent extends ProjectContent {
  readonly snapshot: Snapshot;
  forGuest(memberId: string): PlaneContent;
  changedSince(earlier: PlaneContent | null): ReadonlySet<string>;
  editsSince(earlier: PlaneContent): ReadonlyMap<string, number>;
}

/** The content of a snapshot; items and projects link to their pages in Plane. */
export function contentOf(snapshot: Snapshot, links: PlaneLinks): PlaneContent {
  const { project, items, cycles, modules } = snapshot;
  // The feeds of a project mostly ask about the same earlier state.
  const changes = new WeakMap<PlaneContent, ReadonlySet<string>>();

  function changedSince(earlier: PlaneContent | null): ReadonlySet<string> {
    const known = earlier && changes.get(earlier);
    if (known) return known;
    const ids = changedIds(earlier?.snapshot ?? null, snapshot);
    if (earlier) changes.set(earlier, ids);
    return ids;
  }

  let digest: Promise<string> | null = null;
  const ofGuests = new Map<string, PlaneContent>();
  return {
    snapshot,
    info: project,
    digest: () => (digest ??= runInSlices(digestOf(snapshot, links))),
    url: links.project(project.id),
    components: (view, today, only) => viewComponents(snapshot, view, today, links, only),
    overdue: (view, today, only) => overdueItems(snapshot, view, today, only),
    item: (which) => {
      const item = 'id' in which ? items.get(which.id) : find(items, which.number);
      return item ? infoOf(item, snapshot, links) : null;
    },
    explain: (id, view, today) => {
      const item = items.get(id);
      return item ? explainItem(item, snapshot, view, today, links) : null;
    },
    changedSince,
    editsSince: (earlier) => editsSince(earlier.snapshot, snapshot, changedSince(earlier)),
    forGuest: (memberId) => {
      let content = ofGuests.get(memberId);
      if (!content) ofGuests.set(memberId, (content = contentOf(guestSnapshot(snapshot, memberId), links)));
      return content;
    },
    names: (option) => nameables(snapshot, option),
    ids: (kind) => ({ item: items, cycle: cycles, module: modules, event: null })[kind],
  };
}

/** Of everything that `viewComponents` reads. */
function digestOf(snapshot: Snapshot, links: PlaneLinks): Generator<undefined, string> {
  const { project, items, cycles, modules, states, labels, members } = snapshot;
  const addresses = [links.item(''), links.project(''), links.cycle('', ''), links.module('', '')];
  return digestOfMaps({ project, addresses }, [items, cycles, modules, states, labels, members]);
}

function find(items: Snapshot['items'], number: number): WorkItem | undefined {
  for (const item of items.values()) if (item.number === number) return item;
  return undefined;
}

function infoOf(item: WorkItem, snapshot: Snapshot, links: PlaneLinks): ItemInfo {
  const key = itemKey(snapshot, item);
  return { id: item.id, key, name: oneLine(item.name), url: links.item(key), peopleIds: item.assigneeIds };
}

/** What the selection requires and the snapshot was read without. Lists of names are missing while only those that items use are known. */
export function missingIn(
  snapshot: Snapshot,
  { options, scope }: Selection,
): { readonly parts: boolean; readonly names: boolean } {
  const missing = requiredParts(options, scope).filter((part) => isMissing(part, snapshot));
  return { parts: !missing.every(isNameKind), names: missing.some(isNameKind) };
}

/** Why all that is missing of these parts could not be read; null where nothing is missing, or some of it was not tried yet. */
export function whyMissing(parts: readonly RequiredPart[], snapshot: Snapshot, unread: UnreadLists): Error | null {
  const reasons = parts.filter((part) => isMissing(part, snapshot)).map((part) => unread.get(listOf(part)) ?? null);
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}

/** The same for what the selection requires. */
export function whyUnread(snapshot: Snapshot, { options, scope }: Selection, unread: UnreadLists): Error | null {
  return whyMissing(requiredParts(options, scope), snapshot, unread);
}

function listOf(part: RequiredPart): ProjectList {
  return part === 'cycle_items' ? 'cycles' : part;
}

/** True for a part that the snapshot was read without. */
export function isMissing(part: RequiredPart, { cycles, modules, partialNames }: Snapshot): boolean {
  if (isNameKind(part)) return partialNames.includes(part);
  if (part === 'modules') return modules === null;
  if (cycles === null) return true;
  return part === 'cycle_items' && [...cycles.values()].some(({ itemIds }) => itemIds === null);
}

function isNameKind(part: RequiredPart): part is NameKind {
  return part === 'states' || part === 'labels' || part === 'members';
}
