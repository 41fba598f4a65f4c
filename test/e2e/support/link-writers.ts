import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN, type Replicas, type Request } from './replicas.ts';

/** Administrators who make, rename and revoke links through nginx, and remember what was acknowledged. */

export interface KnownLink {
  readonly id: string;
  /** The part of its address after the host. */
  readonly path: string;
  /** More than one where the answer to a change was lost. */
  names: readonly string[];
  /** null: the answer to a revocation was lost. */
  isRevoked: boolean | null;
}

export interface Writers {
  readonly links: readonly KnownLink[];
  /** Requests by what was done and the status they were answered, such as "rename 200". */
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** What an administrator does. */
interface Writing {
  create(): Promise<KnownLink | null>;
  rename(link: KnownLink): Promise<void>;
  revoke(link: KnownLink): Promise<void>;
}

const AT_ONCE = 3;

/** What is made is pushed to `links` as soon as it is acknowledged. */
export function createWriting(
  { front, ask }: Replicas,
  scope: object,
  links: KnownLink[] = [],
  counts = new Map<string, number>(),
): Writing {
  let made = 0;
  async function send(what: string, path: string, request: Request): Promise<Buffer | null> {
    const { status, body } = await ask(`${front.https}/api/v1/links${path}`, { headers: ADMIN, ...request });
    const key = `${what} ${status}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return status >= 200 && status < 300 ? body : null;
  }
  return {
    create: async () => {
      const name = `Link ${++made}`;
      const body = await send('create', '', { method: 'POST', body: { name, scope } });
      if (!body) return null;
      const { id, url } = JSON.parse(body.toString()) as { id: string; url: string };
      const link: KnownLink = { id, path: new URL(url).pathname, names: [name], isRevoked: false };
      links.push(link);
      return link;
    },
    rename: async (link) => {
      const name = `Renamed ${++made}`;
      const before = link.names;
      link.names = [...before, name];
      if (await send('rename', `/${link.id}`, { method: 'PATCH', body: { name } })) link.names = [name];
    },
    revoke: async (link) => {
      link.isRevoked = null;
      if (await send('revoke', `/${link.id}`, { method: 'DELETE' })) link.isRevoked = true;
    },
  };
}

/** A few at a time, each with links of its own, so that their changes have an order. */
export function startWriters(replicas: Replicas, scope: object, pauseMs: number, random: () => number): Writers {
  const links: KnownLink[] = [];
  const counts = new Map<string, number>();
  const writing = createWriting(replicas, scope, links, counts);
  const state = { isRunning: true };
  const work = Array.from({ length: AT_ONCE }, async () => {
    const own: KnownLink[] = [];
    while (state.isRunning) {
      const open = own.filter(({ isRevoked }) => isRevoked === false);
      const link = open[Math.floor(random() * open.length)];
      if (!link || random() < 0.4) {
        const created = await writing.create();
        if (created) own.push(created);
      } else if (random() < 0.6) await writing.rename(link);
      else await writing.revoke(link);
      await sleep(pauseMs * (0.5 + random()));
    }
  });
  return {
    links,
    counts,
    stop: async () => {
      state.isRunning = false;
      await Promise.all(work);
    },
  };
}
