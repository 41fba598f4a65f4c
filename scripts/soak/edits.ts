import { setTimeout as sleep } from 'node:timers/promises';
import { addDays, dayOf } from '../../src/icalendar/date.ts';
import { deliveryBody, deliveryData } from '../../src/demo/hooks.ts';
import type { SmallPlane } from '../../src/demo/plane.ts';
import { listedItems, type ItemRow, type ProjectTable } from '../../src/demo/rows.ts';

/** People at work in Plane: every kind of edit, with a webhook and without. */

export interface Editors {
  /** Edits by kind so far. */
  readonly counts: ReadonlyMap<string, number>;
  /** One edit of the next kind. */
  once(): void;
  stop(): Promise<void>;
}

/** The identifiers of projects that are never edited: one is deleted on the way, the other has no webhook. */
const LEFT_ALONE: ReadonlySet<string> = new Set(['GONE', 'QUIET']);

function createEditing(plane: SmallPlane, random: () => number): Pick<Editors, 'counts' | 'once'> {
  const counts = new Map<string, number>();
  const archived: string[] = [];
  let made = 0;
  const any = <T>(list: readonly T[]): T => {
    const one = list[Math.floor(random() * list.length)];
    if (one === undefined) throw new Error('the small Plane has run out of rows');
    return one;
  };
  const project = (): ProjectTable =>
    any(
      [...plane.tables.projects.values()].filter(
        ({ row }) => !LEFT_ALONE.has(row.identifier) && row.archived_at === null,
      ),
    );
  const item = (): ItemRow => any(listedItems(project()));
  const day = (): string => addDays(dayOf(Date.now()), Math.floor(random() * 300) - 20);

  const kinds: Readonly<Record<string, () => void>> = {
    'title and dates': () => void plane.editItem(item().id, { name: `Edited ${++made}`, target_date: day() }),
    state: () => {
      const one = project();
      plane.editItem(any(listedItems(one)).id, { state: any([...one.states.keys()]) });
    },
    'timeline drag': () => {
      const target_date = day();
      plane.dragItem(item().id, { target_date, start_date: addDays(target_date, -3) });
    },
    'labels of an item': () => {
      const one = project();
      plane.editItem(any(listedItems(one)).id, { labels: [any([...one.labels.keys()])] });
    },
    'new item': () =>
      void plane.createItem(project().row.id, { name: `New ${++made}`, target_date: day(), priority: 'high' }),
    'deleted item': () => {
      plane.deleteItem(item().id);
    },
    'new for deleted': () => {
      // The count stands still.
      const one = project();
      plane.deleteItem(any(listedItems(one)).id);
      plane.createItem(one.row.id, { name: `Instead ${++made}`, target_date: day() });
    },
    'archived item': () => {
      const { id } = item();
      plane.archiveItem(id);
      archived.push(id);
    },
    'restored item': () => {
      const id = archived.shift();
      if (id !== undefined && [...plane.tables.projects.values()].some(({ items }) => items.has(id)))
        plane.restoreItem(id);
    },
    people: () => void plane.editItem(item().id, { assignees: [any([...plane.tables.people.keys()])] }),
    comment: () => {
      plane.commentItem(item().id);
    },
    'renamed label': () => {
      plane.editLabel(any([...project().labels.keys()]), { name: `label ${++made}` });
    },
    'renamed state': () => {
      plane.editState(any([...project().states.keys()]), { name: `State ${++made}` });
    },
    'renamed person': () => {
      plane.renamePerson(any([...plane.tables.people.keys()]), `person ${++made}`);
    },
    'renamed project': () => {
      plane.editProject(project().row.id, { name: `Project ${++made}` });
    },
    'renamed cycle': () => void plane.editCycle(any([...project().cycles.keys()]), { name: `Sprint ${++made}` }),
    'into a cycle': () => {
      const one = project();
      plane.addToCycle(any([...one.cycles.keys()]), any(listedItems(one)).id);
    },
    'into a module': () => {
      const one = project();
      plane.addToModule(any([...one.modules.keys()]), any(listedItems(one)).id);
    },
    description: () => void plane.editItem(item().id, { description_html: `<p>Text <b>${++made}</b></p>` }),
  };
  const names = Object.keys(kinds);
  let turn = 0;
  return {
    counts,
    once: () => {
      const name = names[turn++ % names.length] ?? '';
      kinds[name]?.();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  };
}

/** So many edits a second until it is stopped. One in four webhooks is lost on its way. */
export function startEditing(plane: SmallPlane, perSecond: number, random: () => number): Editors {
  const editing = createEditing(plane, random);
  const stopped = new AbortController();
  const { hook } = plane;
  const work = (async () => {
    while (!stopped.signal.aborted) {
      plane.hook = random() < 0.25 ? null : hook;
      editing.once();
      plane.hook = hook;
      await sleep(1000 / perSecond);
    }
  })();
  return {
    ...editing,
    stop: async () => {
      stopped.abort();
      await work;
    },
  };
}

/** The same sequence of numbers in every run, from 0 to 1. Source: mulberry32, public domain. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Edits so many items at once, and returns what Plane would deliver for each. */
export function editMany(plane: SmallPlane, count: number): string[] {
  const { hook } = plane;
  plane.hook = null;
  const items = [...plane.tables.projects.values()]
    .filter(({ row }) => !LEFT_ALONE.has(row.identifier) && row.archived_at === null)
    .flatMap(listedItems);
  const bodies = Array.from({ length: count }, (_, index) => {
    const { id, name: old_value } = items[(index * 7) % items.length] ?? { id: '', name: '' };
    const row = plane.editItem(id, { name: `Storm ${index}` });
    const activity = { field: 'name', old_value, new_value: row.name };
    return deliveryBody(plane.tables, 'issue', 'updated', deliveryData(plane.tables, 'issue', row), activity);
  });
  plane.hook = hook;
  return bodies;
}
