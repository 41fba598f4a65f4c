import { AppError } from '../../domain/errors.ts';
import type { ItemInfo } from '../../domain/explain.ts';
import type { Access } from '../../domain/feed.ts';
import type { ProjectContent, ProjectInfo, Source } from '../../domain/ports.ts';
import { asSeenBy } from '../loader.ts';

/** Finds the item that a text means: a key such as WEB-12, an id, or its address in Plane. */

/** Where an item was found. */
export interface Found {
  readonly project: ProjectInfo;
  /** What may be seen of the project; null while it was never read. */
  readonly content: ProjectContent | null;
  /** null where the project has no such item, or was never read. */
  readonly item: ItemInfo | null;
}

/** What a text means. */
export type Asked = { readonly id: string } | { readonly project: string; readonly number: number };

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const KEY = /^(.+)-(\d{1,15})$/s;

/**
 * Resolves to null for an unknown item. With an audience, what it may not see is unknown, and is looked for in the same way; else a known
 * project without the item is found too.
 */
export async function findItem(asked: Asked, source: Source, audience: Access | null): Promise<Found | null> {
  const found = 'id' in asked ? await byId(asked.id, source, audience) : await byKey(asked, source, audience);
  return audience && found?.item === null ? null : found;
}

/** Throws `invalid` for a text that means no item. */
export function parseItem(text: string): Asked {
  const given = pathOf(text.trim());
  const ids = given.match(UUID) ?? [];
  const id = ids.at(-1)?.toLowerCase();
  if (id !== undefined && (given.includes('/') || given.length === id.length)) return { id };
  const key = KEY.exec(/\/browse\/([^/]+)/.exec(given)?.[1] ?? given);
  if (key?.[1] === undefined || given.length > 300)
    throw new AppError('invalid', 'Give the key of an item such as WEB-12, its id, or its address in Plane.');
  return { project: key[1], number: Number(key[2]) };
}

/** The path of an address, decoded; any other text as it is. */
function pathOf(text: string): string {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return text;
  const { pathname } = new URL(text);
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

async function byKey(
  { project, number }: { readonly project: string; readonly number: number },
  source: Source,
  audience: Access | null,
): Promise<Found | null> {
  const lower = project.toLowerCase();
  const named = audience
    ? (await seen(source, audience)).filter(({ identifier }) => identifier.toLowerCase() === lower)
    : [await source.find(project)];
  const found = named.flatMap((info) => (info ? [foundIn(info, source, audience, { number })] : []));
  return found.find(({ item }) => item !== null) ?? found[0] ?? null;
}

async function byId(id: string, source: Source, audience: Access | null): Promise<Found | null> {
  const projects = audience ? await seen(source, audience) : await source.projects();
  const found = projects.map((info) => foundIn(info, source, audience, { id }));
  return found.find(({ item }) => item !== null) ?? null;
}

async function seen(source: Source, { projectIds, guestProjectIds }: Access): Promise<readonly ProjectInfo[]> {
  return (await source.projects()).filter(({ id }) => projectIds.includes(id) || guestProjectIds.includes(id));
}

function foundIn(
  project: ProjectInfo,
  source: Source,
  audience: Access | null,
  which: Parameters<ProjectContent['item']>[0],
): Found {
  const { content: all } = source.status(project.id);
  const content = all && asSeenBy(audience, all);
  return { project, content, item: content?.item(which) ?? null };
}
