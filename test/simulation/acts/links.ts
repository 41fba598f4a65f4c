import type { SimulatedAnswer, SimulatedServer } from '../server.ts';
import type { KnownLink, World } from '../world.ts';
import { isUnknown, type Chosen } from './chosen.ts';

/** What people do with links. */

const NAME = 'Team';
const OK = 200;

export type Write = (chosen: Chosen, server: SimulatedServer) => Promise<void>;

export async function addLink({ world, random }: Chosen, server: SimulatedServer): Promise<void> {
  const calendars = world.source !== null && random() < 0.5;
  const scope = { projects: ['ALPHA'], ...(calendars && { calendars: [world.source] }) };
  const answer = await world.ask(server, '/api/v1/links', 'POST', { name: NAME, scope });
  if (answer.status !== 201) {
    if (!isUnknown(answer.status)) world.faults.push(`a link was not made: ${answer.status} ${answer.text}`);
    return;
  }
  const { id, url } = JSON.parse(answer.text) as { id: string; url: string };
  const path = new URL(url).pathname;
  world.links.set(id, { path, calendars, isRevoked: false, isChanging: false, revokedAt: new Set() });
}

export type LinkChange = (
  world: World,
  server: SimulatedServer,
  known: [id: string, link: KnownLink],
) => Promise<number>;

export const revoke: LinkChange = async (world, server, [id, link]) => {
  const { status } = await world.ask(server, `/api/v1/links/${id}`, 'DELETE');
  link.isRevoked = status === 200;
  return status;
};

export const rotate: LinkChange = async (world, server, [id, link]) => {
  const { status, text } = await world.ask(server, `/api/v1/links/${id}/rotate`, 'POST', {});
  if (status === 200) link.path = new URL((JSON.parse(text) as { url: string }).url).pathname;
  return status;
};

/** Its texts are others than those of any definition before. */
export function redefine({ world }: Chosen): LinkChange {
  return edit({ options: { title: `${world.scheduler.now()}: {name}` } });
}

export function rename(name: string): LinkChange {
  return edit({ name });
}

/** One server shows it under another name and then under its own again; the others may have seen nothing of that. */
export const renameAndBack: LinkChange = async (world, server, known) => {
  for (const name of ['Crew', NAME]) {
    const status = await rename(name)(world, server, known);
    if (isUnknown(status)) return status;
    await readLink(world, server, known[1]);
  }
  return OK;
};

function edit(fields: object): LinkChange {
  return async (world, server, [id]) => (await world.ask(server, `/api/v1/links/${id}`, 'PATCH', fields)).status;
}

/** Changes a link whose address nobody else changes: of two changes at once, the answer to the first may come last. */
export async function change({ world, pick }: Chosen, server: SimulatedServer, task: LinkChange): Promise<void> {
  const [id, link] = pick([...world.links, [null, null] as const]);
  if (id === null || link.isRevoked || link.isChanging) return;
  link.isChanging = true;
  const status = await task(world, server, [id, link]);
  link.isChanging = false;
  // Nobody knows what became of it.
  if (isUnknown(status)) world.links.delete(id);
}

/** A link that was shown as revoked is never shown again. */
export async function readLink(world: World, server: SimulatedServer, link: KnownLink): Promise<SimulatedAnswer> {
  // Answers may overtake each other.
  const wasRevoked = link.revokedAt.has(server.name);
  const answer = await world.read(server, link.path);
  const isRevoked = answer.status === 404 || answer.status === 410 || !answer.text.includes('UID:plane-issue-');
  if (isUnknown(answer.status)) return answer;
  if (isRevoked && link.isRevoked) link.revokedAt.add(server.name);
  else if (wasRevoked) world.faults.push(`${link.path} was revoked, and is shown again`);
  return answer;
}
