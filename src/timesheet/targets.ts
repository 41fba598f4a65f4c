import { AppError } from '../domain/errors.ts';
import type { Catalog } from './catalog.ts';
import { createPageReader, keyPage, type ItemPage, type PlaneAddress } from './matching/addresses.ts';
import type { Mention } from './matching/mentions.ts';
import type { Target } from './matching/rules.ts';
import { comparable } from './matching/words.ts';

/** Finds the project or item that a person means. */

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A project by id, identifier or name; an item by key, id or address. Throws `not_found`, and `invalid` where it could be two. */
export async function findTarget(
  asked: { readonly project: string } | { readonly item: string },
  catalog: Catalog,
  address: PlaneAddress,
): Promise<Target> {
  if ('project' in asked) return { projectId: findProject(asked.project, catalog), itemId: null };
  const candidates = candidatesFor(asked.item.trim(), catalog, address);
  await catalog.load(new Set(candidates.map(({ projectId }) => projectId)));
  const lookups = candidates.map(({ projectId, which }) => catalog.lookUp(projectId, which));
  const [found, other] = lookups.flatMap((one) => (one.kind === 'found' ? [one] : []));
  if (found && other) throw new AppError('invalid', 'There are several work items with this key. Use an id.');
  if (found) return { projectId: found.project.id, itemId: found.item.id };
  const unread = lookups.find((one) => one.kind === 'unread');
  if (unread)
    throw new AppError('not_ready', `The work items of ${unread.project.name} haven't been loaded from Plane yet.`);
  throw new AppError('not_found', 'There is no work item with this key, id or address.');
}

function findProject(which: string, { shown }: Catalog): string {
  const name = comparable(which);
  const byId = shown.filter(({ id, identifier }) => id === name || comparable(identifier) === name);
  const [found, other] = byId.length > 0 ? byId : shown.filter((project) => comparable(project.name) === name);
  if (!found) throw new AppError('not_found', 'There is no published project with this id, identifier or name.');
  if (other) throw new AppError('invalid', 'Several projects have this name. Use an id or identifier.');
  return found.id;
}

function candidatesFor(
  text: string,
  { shown }: Catalog,
  address: PlaneAddress,
): Pick<Mention, 'projectId' | 'which'>[] {
  if (UUID.test(text)) return shown.map(({ id }) => ({ projectId: id, which: { id: text.toLowerCase() } }));
  const page: ItemPage | null = createPageReader(address)(text) ?? keyPage(text);
  if (page === null)
    throw new AppError('invalid', 'Give the key of a work item such as WEB-12, its id, or its address in Plane.');
  if ('itemId' in page) return [{ projectId: page.projectId, which: { id: page.itemId } }];
  return shown
    .filter(({ identifier }) => comparable(identifier) === page.identifier)
    .map(({ id }) => ({ projectId: id, which: { number: page.number } }));
}
