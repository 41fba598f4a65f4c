import { caldav, dav, DECLARATIONS, prefixed } from './names.ts';
import { escapeXml } from './xml.ts';

const HEAD = '<?xml version="1.0" encoding="utf-8"?>\n';

const empty = (name: string): string => `<${prefixed(name)}/>`;

/** A request for these properties (RFC 4918 section 9.1). */
export function propfindBody(properties: readonly string[]): string {
  return `${HEAD}<D:propfind ${DECLARATIONS}><D:prop>${properties.map(empty).join('')}</D:prop></D:propfind>`;
}

/** A request for the texts of these resources (RFC 4791 section 7.9); at least one, because DAViCal fails on none. */
export function multigetBody(hrefs: readonly string[]): string {
  const properties = [dav('getetag'), caldav('calendar-data')].map(empty).join('');
  const addresses = hrefs.map((href) => `<D:href>${escapeXml(href)}</D:href>`).join('');
  return `${HEAD}<C:calendar-multiget ${DECLARATIONS}><D:prop>${properties}</D:prop>${addresses}</C:calendar-multiget>`;
}

/** A request for what changed since a token (RFC 6578 section 3.2). */
export function syncCollectionBody(token: string): string {
  return (
    `${HEAD}<D:sync-collection ${DECLARATIONS}><D:sync-token>${escapeXml(token)}</D:sync-token>` +
    `<D:sync-level>1</D:sync-level><D:prop>${empty(dav('getetag'))}</D:prop></D:sync-collection>`
  );
}

/** A request to create a calendar with a name and these components (RFC 4791 section 5.3.1). */
export function mkcalendarBody(displayName: string, components: readonly string[]): string {
  const set = components.map((name) => `<C:comp name="${escapeXml(name)}"/>`).join('');
  return (
    `${HEAD}<C:mkcalendar ${DECLARATIONS}><D:set><D:prop><D:displayname>${escapeXml(displayName)}</D:displayname>` +
    `<C:supported-calendar-component-set>${set}</C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>`
  );
}
