import type { Clock } from '../domain/ports.ts';
import { createSmallPlane } from './plane.ts';
import { listedItems, type ItemRow, type ProjectTable } from './rows.ts';
import { DEMO_KEY, DEMO_SECRET, DEMO_WORKSPACE, seedDemo } from './seed.ts';
import { withUsers } from './users/users.ts';

/** The demo's Plane, running, and what the demo's pages need of it. */
export interface Demo {
  /** How the ordinary client reaches it. */
  readonly config: {
    readonly apiUrl: string;
    readonly apiKey: string;
    readonly workspace: string;
    readonly projects: null;
  };
  item(key: string): { title: string; facts: readonly (readonly [string, string])[]; text: string } | undefined;
  /** Changes an item, of each project in turn; undefined when there is nothing to change. */
  change(): { readonly key: string; readonly title: string } | undefined;
  /** What signs its webhooks. */
  readonly webhookSecret: string;
  /** Where its webhooks go. */
  sendWebhooksTo(address: string): void;
  close(): Promise<void>;
}

/** Starts the demo's Plane on a free loopback port. */
export async function createDemo(now: Clock): Promise<Demo> {
  const plane = createSmallPlane({ tables: withUsers(seedDemo(now())), now });
  const url = await plane.listen();
  let changes = 0;
  return {
    config: { apiUrl: `${url}/api/v1`, apiKey: DEMO_KEY, workspace: DEMO_WORKSPACE, projects: null },
    item: (key) => {
      const found = itemsOf().find((one) => one.key === key);
      if (!found) return undefined;
      const { item, project } = found;
      const state = item.state === null ? undefined : project.states.get(item.state)?.name;
      const facts: [string, string][] = [
        ['State', state ?? '–'],
        ['Priority', item.priority.charAt(0).toUpperCase() + item.priority.slice(1)],
        ['Start', item.start_date ?? '–'],
        ['Due', item.target_date ?? '–'],
        ['Assignees', item.assignees.map((id) => plane.tables.people.get(id)?.display_name ?? '').join(', ') || '–'],
      ];
      return { title: item.name, facts, text: item.description_html.replace(/<[^<>]*>/g, ' ') };
    },
    change: () => {
      const projects = [...plane.tables.projects.values()];
      const turn = projects[changes % projects.length];
      // An open item is in the calendar for sure, whatever day the demo runs on.
      const open = itemsOf().filter(
        ({ item, project }) => project === turn && item.target_date !== null && isOpen(item, project),
      );
      const { key, item } = open[Math.floor(changes / projects.length) % open.length] ?? {};
      changes++;
      if (!item || key === undefined) return undefined;
      const title = `${item.name.replace(/ \(changed \d+×\)$/, '')} (changed ${changes}×)`;
      plane.editItem(item.id, { name: title });
      return { key, title };
    },
    webhookSecret: DEMO_SECRET,
    sendWebhooksTo: (address) => {
      plane.hook = { url: address, secret: DEMO_SECRET };
    },
    close: plane.close,
  };

  function itemsOf(): { key: string; item: ItemRow; project: ProjectTable }[] {
    return [...plane.tables.projects.values()].flatMap((project) =>
      listedItems(project).map((item) => ({ key: `${project.row.identifier}-${item.sequence_id}`, item, project })),
    );
  }
}

function isOpen(item: ItemRow, { states }: ProjectTable): boolean {
  const group = item.state === null ? undefined : states.get(item.state)?.group;
  return group !== 'completed' && group !== 'cancelled';
}
