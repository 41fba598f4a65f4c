import { ADMIN, type Published } from './published.ts';

/** Options of a to-do feed that leaves nothing out, whatever the day. */
export const EVERY_TODO = { as: 'todo', undated: 'keep', done: 'keep', cancelled: 'keep' };

/** A subscription link of the published program. */
export interface PublishedLink {
  /** The part of its address after the host. */
  readonly path: string;
  /** Its calendar as it is now. */
  text(): Promise<string>;
  edit(options: Readonly<Record<string, string | null>>): Promise<void>;
  /** Returns the UTC day of that moment. */
  revoke(): Promise<string>;
}

/** Makes a link of all projects, or of the one that the test uses. */
export async function addLink(
  { origin, project }: Published,
  options: Readonly<Record<string, string>>,
  scope: 'project' | 'all' = 'project',
): Promise<PublishedLink> {
  async function ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`${origin}/api/v1/links${path}`, {
      method,
      headers: { ...ADMIN, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} of a link: status ${answer.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  const wanted = scope === 'all' ? { all: true } : { projects: [project().row.identifier] };
  const { id, url } = await ask('POST', '', { name: 'A link of today', scope: wanted, options });
  const path = new URL(String(url)).pathname;
  return {
    path,
    text: async () => (await fetch(origin + path)).text(),
    edit: async (changed) => {
      await ask('PATCH', `/${String(id)}`, { options: changed });
    },
    revoke: async () => String((await ask('DELETE', `/${String(id)}`)).revoked).slice(0, 10),
  };
}
