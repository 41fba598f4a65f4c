import { uriValue } from '../icalendar/text.ts';

/** Addresses in Plane's web app. Source: Plane, apps/web/app/routes/core.ts. */
export interface PlaneLinks {
  /** Page of an item by its key, such as WEB-12: a URI value (`uriValue`). */
  item(key: string): string;
  /** Page of a project's items. */
  project(id: string): string;
  cycle(projectId: string, id: string): string;
  module(projectId: string, id: string): string;
}

/**
 * `webUrl` is an http address without a slash at its end. Identifiers may contain spaces and letters of any script, so keys are
 * percent-encoded, which leaves nothing in them that `uriValue` would change: it is applied once, not for each item.
 */
export function planeLinks(webUrl: string, workspace: string): PlaneLinks {
  const root = uriValue(`${webUrl}/${workspace}`);
  if (root === null) throw new Error(`${webUrl} is no web address`);
  return {
    item: (key) => `${root}/browse/${encodeURIComponent(key.toWellFormed())}/`,
    project: (id) => `${root}/projects/${id}/issues`,
    cycle: (projectId, id) => `${root}/projects/${projectId}/cycles/${id}`,
    module: (projectId, id) => `${root}/projects/${projectId}/modules/${id}`,
  };
}
