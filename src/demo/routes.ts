import type { Json } from './json.ts';
import { ordered, paginated, pick, Refusal, showItem, SOMETHING_WRONG } from './lists.ts';
import { withCounts } from './cycles-modules.ts';
import { listedItems, type ItemRow, type ProjectTable, type Tables } from './rows.ts';

/** Addresses of Plane's API v1 that can be read, each with what it answers. */

/** What a route answers from. */
export interface Request {
  readonly tables: Tables;
  readonly query: URLSearchParams;
  readonly userId: string;
  readonly maxPageSize: number;
}

interface Route {
  readonly pattern: RegExp;
  readonly allow: string;
  answer(request: Request, ...captured: string[]): Json;
}

const NO_PERMISSION = (): Refusal => new Refusal(403, { detail: 'You do not have permission to perform this action.' });
const NOT_FOUND = (): Refusal => new Refusal(404, { error: 'The requested resource does not exist.' });

const UUID = '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';
const WORKSPACE = '^/api/v1/workspaces/([^/]+)';
const PROJECT = `${WORKSPACE}/projects/${UUID}`;
const ITEMS = '(?:work-items|issues)';

const route = (path: string, allow: string, answer: Route['answer']): Route => ({
  pattern: new RegExp(`${path}$`),
  allow,
  answer,
});

/** The role of the key's user in a project; null for none. */
function roleIn({ tables, userId }: Request, { row }: ProjectTable): Json {
  const membership = tables.memberships?.get(userId);
  if (!membership) return row.is_member ? (row.member_role ?? 20) : null;
  return membership.roles.get(row.id) ?? null;
}

/** A project as the key's user sees it in lists: public ones too, in which they have no role. Undefined for one that is hidden from them. */
function projectRow(request: Request, project: ProjectTable): ProjectTable['row'] | undefined {
  const { row } = project;
  if (!request.tables.memberships?.has(request.userId)) return row;
  const role = roleIn(request, project);
  return role === null && row.network === 0 ? undefined : { ...row, is_member: role !== null, member_role: role };
}

/** In a workspace: 403 for any other, whether it exists or not. */
const inWorkspace =
  (answer: (request: Request, ...captured: string[]) => Json): Route['answer'] =>
  (request, slug, ...captured) => {
    const { workspace, memberships } = request.tables;
    if (slug !== workspace.slug || memberships?.get(request.userId)?.isActive === false) throw NO_PERMISSION();
    return answer(request, ...captured);
  };

/** In a project of which the key's user is a member: 403 for any other. */
const inProject = (answer: (request: Request, project: ProjectTable, ...captured: string[]) => Json): Route['answer'] =>
  inWorkspace((request, id = '', ...captured) => {
    const project = request.tables.projects.get(id);
    if (!project || roleIn(request, project) === null) throw NO_PERMISSION();
    return answer(request, project, ...captured);
  });

const ROUTES: readonly Route[] = [
  route('^/api/v1/users/me/', 'GET', ({ tables, userId }) => {
    return tables.memberships?.get(userId)?.person ?? tables.people.get(userId) ?? {};
  }),
  route(
    `${WORKSPACE}/projects/`,
    'GET, POST',
    inWorkspace((request) => {
      const { tables, query, maxPageSize } = request;
      const rows = [...tables.projects.values()].flatMap((project) => projectRow(request, project) ?? []);
      return paginated(rows, query, maxPageSize, (row) => pick(row, query));
    }),
  ),
  route(
    `${PROJECT}/`,
    'GET, PATCH, DELETE',
    inWorkspace((request, id = '') => {
      const project = request.tables.projects.get(id);
      const shown = project && projectRow(request, project);
      if (!shown) throw NOT_FOUND();
      const { sort_order: _listOnly, ...row } = shown;
      return pick(row, request.query);
    }),
  ),
  route(
    `${WORKSPACE}/members/`,
    'GET',
    inWorkspace(({ tables, userId }) => {
      if (tables.memberships?.get(userId)?.workspaceRole === 5) throw NO_PERMISSION();
      return [...tables.people.values()].map((one) => ({ ...one, role: tables.roles.get(one.id) ?? 15 }));
    }),
  ),
  route(`${WORKSPACE}/${ITEMS}/([^/]+)-([^/-]+)/`, 'GET', inWorkspace(itemByKey)),
  route(`${PROJECT}/${ITEMS}/`, 'GET, POST', inProject(itemList)),
  route(`${PROJECT}/${ITEMS}/${UUID}/`, 'GET, PATCH, DELETE', inProject(itemDetail)),
  route(
    `${PROJECT}/states/`,
    'GET, POST',
    inProject(({ query, maxPageSize }, { row, states }) =>
      paginated(row.archived_at === null ? [...states.values()] : [], query, maxPageSize, (one) => pick(one, query)),
    ),
  ),
  route(
    `${PROJECT}/labels/`,
    'GET, POST',
    inWorkspace((request, id = '') => {
      const { tables, query, maxPageSize } = request;
      const project = tables.projects.get(id);
      const isSeen = project && roleIn(request, project) !== null && project.row.archived_at === null;
      const seen = isSeen ? [...project.labels.values()] : [];
      return paginated(seen, query, maxPageSize, (one) => pick(one, query));
    }),
  ),
  route(
    `${PROJECT}/(?:project-)?members/`,
    'GET, POST',
    inWorkspace(({ tables }, id = '') => {
      const project = tables.projects.get(id);
      if (!project) throw NO_PERMISSION();
      return [...project.members].flatMap((person) => tables.people.get(person) ?? []);
    }),
  ),
  ...(['cycles', 'modules'] as const).flatMap((kind) => [
    route(
      `${PROJECT}/${kind}/`,
      'GET, POST',
      inProject(({ query, maxPageSize }, project) => {
        const listed = [...project[kind].values()].filter((one) => one.archived_at === null);
        return paginated(listed, query, maxPageSize, (one) => pick(withCounts(kind, one, project), query));
      }),
    ),
    route(
      `${PROJECT}/${kind}/${UUID}/`,
      'GET, PATCH, DELETE',
      inProject(({ query }, project, id = '') => {
        const row = project[kind].get(id);
        if (!row) throw NOT_FOUND();
        return pick(withCounts(kind, row, project), query);
      }),
    ),
    route(
      `${PROJECT}/${kind}/${UUID}/${kind.slice(0, -1)}-issues/`,
      'GET, POST',
      inProject((request, project, id = '') => {
        const ids = (project[kind].has(id) ? project.contents.get(id) : null) ?? new Set();
        return itemPage(
          request,
          project,
          listedItems(project).filter((item) => ids.has(item.id)),
          'created_at',
        );
      }),
    ),
  ]),
];

function itemPage(request: Request, project: ProjectTable, items: readonly ItemRow[], defaultOrder: string): Json {
  const { tables, query, maxPageSize } = request;
  const sorted = ordered(items, query.get('order_by') ?? defaultOrder);
  return paginated(sorted, query, maxPageSize, (item) => showItem(item, project, tables, query));
}

/** There is no filter but the two external ids together, which answer with a single object. */
function itemList(request: Request, project: ProjectTable): Json {
  const { tables, query } = request;
  const [externalId, source] = [query.get('external_id'), query.get('external_source')];
  if (externalId !== null && source !== null) {
    const found = [...project.items.values()].find(
      (item) => item.external_id === externalId && item.external_source === source,
    );
    if (!found) throw NOT_FOUND();
    return showItem(found, project, tables, query);
  }
  return itemPage(request, project, listedItems(project), '-created_at');
}

function itemDetail({ tables, query }: Request, project: ProjectTable, id = ''): Json {
  const item = listedItems(project).find((one) => one.id === id);
  if (!item) throw NOT_FOUND();
  return showItem(item, project, tables, query);
}

/** By key: the identifier's letter case counts, and an unknown one is 403. */
function itemByKey(request: Request, identifier = '', number = ''): Json {
  const { tables, query } = request;
  const project = [...tables.projects.values()].find(({ row }) => row.identifier === identifier);
  if (!project || roleIn(request, project) === null) throw NO_PERMISSION();
  if (!/^\d+$/.test(number)) throw SOMETHING_WRONG();
  const item = listedItems(project).find((one) => one.sequence_id === Number(number));
  if (!item) throw NOT_FOUND();
  return showItem(item, project, tables, query);
}

/** The route of a path and what it captured, or undefined: then Plane says "Page not found.", before it checks the key. */
export function findRoute(path: string): { route: Route; captured: string[] } | undefined {
  for (const one of ROUTES) {
    const match = one.pattern.exec(path);
    if (match) return { route: one, captured: match.slice(1).map(decoded) };
  }
  return undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
