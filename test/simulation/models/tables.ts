import type { ItemRow, Tables } from '../../../src/demo/rows.ts';
import { acmeTables, ALPHA } from '../../support/acme.ts';
import { uuid } from '../../support/make.ts';

/** The recorded workspace with one project of a few items, so that a history costs little. */

const DAY_MS = 86_400_000;
const ITEMS = 5;

let recorded: Tables | null = null;

/** Tables of their own for each history. */
export function smallTables(now: number): Tables {
  recorded ??= acmeTables();
  const { projects, people, roles, keys, workspace } = recorded;
  const alpha = projects.get(ALPHA)!;
  const [sample] = alpha.items.values();
  const items = Array.from({ length: ITEMS }, (_, at): [string, ItemRow] => {
    const id = uuid(at + 1);
    return [id, { ...sample!, ...plain(at), id, target_date: dayAfter(now, at * 3) }];
  });
  return {
    workspace,
    people: new Map(people),
    roles: new Map(roles),
    keys: new Map(keys),
    projects: new Map([
      [
        ALPHA,
        {
          row: alpha.row,
          items: new Map(items),
          states: new Map(alpha.states),
          labels: new Map(alpha.labels),
          members: new Set(alpha.members),
          cycles: new Map(),
          modules: new Map(),
          contents: new Map(),
        },
      ],
    ]),
  };
}

/** A day by UTC, as Plane writes it. */
export function dayAfter(now: number, days: number): string {
  return new Date(now + days * DAY_MS).toISOString().slice(0, 10);
}

function plain(at: number): Partial<ItemRow> {
  const description = `<p>text ${at}</p>`;
  return { sequence_id: at + 1, name: `Item ${at + 1}`, description_html: description, start_date: null, parent: null };
}
