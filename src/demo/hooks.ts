import { createHmac, randomUUID } from 'node:crypto';
import { request, type Dispatcher } from 'undici';
import { pythonJson, WEBHOOK_STYLE, type Json } from './json.ts';
import { stateLite } from './lists.ts';
import type { Activity, EventName } from './edits.ts';
import type { ItemRow, ProjectTable, Row, Tables } from './rows.ts';

/** Where deliveries go. */
export interface Hook {
  readonly url: string;
  readonly secret: string;
}

const DELIVERY_TIMEOUT_MS = 30_000;

/** The body of a delivery, as Plane writes and signs it. Plane, apps/api/plane/bgtasks/webhook_task.py. */
export function deliveryBody(tables: Tables, event: EventName, action: string, data: Json, activity: Activity): string {
  const actor = [...tables.people.values()][0] ?? null;
  const body = {
    event,
    action,
    webhook_id: '5f1c0c9a-0000-4000-8000-00000000f00d',
    workspace_id: tables.workspace.id,
    data,
    activity: { ...activity, actor, old_identifier: null, new_identifier: null },
  };
  return pythonJson(body, WEBHOOK_STYLE);
}

/** A row as a delivery carries it: an item with its state, labels and people in full, and no `type_id`. */
export function deliveryData(tables: Tables, event: EventName, row: Row): Json {
  const project = typeof row.project === 'string' ? tables.projects.get(row.project) : undefined;
  return event === 'issue' && project ? itemData(row as ItemRow, project, tables) : row;
}

function itemData(item: ItemRow, project: ProjectTable, { people }: Tables): Json {
  const columns = Object.entries(item).filter(([name]) => name !== 'type_id');
  return {
    ...Object.fromEntries(columns),
    description: {},
    description_json: {},
    description_stripped: item.description_html.replace(/<[^<>]*>/g, ''),
    state: stateLite(item, project) ?? null,
    labels: item.labels.flatMap((id) => {
      const label = project.labels.get(id);
      return label ? [{ id, name: label.name, color: label.color }] : [];
    }),
    assignees: item.assignees.flatMap((id) => people.get(id) ?? []),
  };
}

/** Signs and posts one delivery. Any answer ends it; a receiver that can't be reached is not tried again here. */
export async function deliver(hook: Hook, event: EventName, body: string, dispatcher?: Dispatcher): Promise<void> {
  try {
    const answer = await request(hook.url, {
      method: 'POST',
      body,
      headers: {
        'user-agent': 'Autopilot',
        'content-type': 'application/json',
        'x-plane-delivery': randomUUID(),
        'x-plane-event': event,
        'x-plane-signature': createHmac('sha256', hook.secret).update(body).digest('hex'),
      },
      headersTimeout: DELIVERY_TIMEOUT_MS,
      bodyTimeout: DELIVERY_TIMEOUT_MS,
      ...(dispatcher ? { dispatcher } : {}),
    });
    await answer.body.dump();
  } catch {
    // Nobody there: Plane's real retries come minutes later and are not played here.
  }
}
