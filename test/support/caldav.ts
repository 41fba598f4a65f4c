import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';

/** A small CalDAV server with one user, in memory. */
export interface CalDav {
  /** Of the server. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** "PUT /dav/work/x.ics" of each request since the last call, the writes alone. */
  writes(): string[];
  /** How many requests came since the last call. */
  asked(): number;
  /** Texts by path. */
  readonly objects: Map<string, string>;
  /** Names by path. */
  readonly calendars: Map<string, string>;
  /** Whoever logs in with something else is refused. */
  accepts: string;
  /** While true every request gets 503. */
  isDown: boolean;
  /** The status to answer a request with instead, or null. */
  fault: (method: string, path: string) => number | null;
  /** Whether what is created gets a name of the server's own. */
  renames: boolean;
  /** How entity tags are written; conditions are compared letter by letter. */
  tags: 'quoted' | 'bare' | 'weak' | 'none';
  /** Removes a calendar with all that is in it, as its user would. */
  drop(path: string): void;
  close(): Promise<void>;
}

const HOME = '/dav/';
const CALENDAR =
  '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>' +
  '<c:supported-calendar-component-set><c:comp name="VEVENT"/><c:comp name="VTODO"/></c:supported-calendar-component-set>';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const entry = (href: string, props: string): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;

export async function aCalDav(): Promise<CalDav> {
  const objects = new Map<string, string>();
  const calendars = new Map([['/dav/work/', 'Work']]);
  const requests: string[] = [];
  let told = 0;
  let counted = 0;
  let created = 0;

  const tagOf = (text: string): string => {
    const digest = digestOf(text);
    return { quoted: `"${digest}"`, bare: digest, weak: `W/"${digest}"`, none: '' }[dav.tags];
  };
  const tagProp = (text: string): string => (dav.tags === 'none' ? '' : `<d:getetag>${tagOf(text)}</d:getetag>`);
  const tagHeader = (text: string): Record<string, string> => (dav.tags === 'none' ? {} : { etag: tagOf(text) });

  const listing = (path: string, depth: string): string[] => {
    const calendar = (one: string): string =>
      entry(one, `${CALENDAR}<d:displayname>${escaped(calendars.get(one) ?? '')}</d:displayname>`);
    if (calendars.has(path)) {
      const inside = [...objects].filter(([one]) => depth !== '0' && one.startsWith(path));
      return [calendar(path), ...inside.map(([one, text]) => entry(one, `${tagProp(text)}<d:resourcetype/>`))];
    }
    const home =
      '<d:resourcetype><d:collection/></d:resourcetype>' +
      `<c:calendar-home-set><d:href>${HOME}</d:href></c:calendar-home-set>`;
    if (path === '/' || path === HOME)
      return [entry(path, home), ...(depth === '0' || path === '/' ? [] : [...calendars.keys()].map(calendar))];
    const text = objects.get(path);
    return text === undefined ? [] : [entry(path, tagProp(text))];
  };

  const answer = (method: string, path: string, depth: string, conditions: [string, string], body: string) => {
    const found = objects.get(path);
    const multistatus = (responses: readonly string[]): [number, string, Record<string, string>] => [
      207,
      `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${responses.join('')}</d:multistatus>`,
      { 'content-type': 'application/xml; charset=utf-8' },
    ];
    const [ifMatch, ifNone] = conditions;
    const isSame = found !== undefined && (ifMatch === '*' || tagOf(found) === ifMatch);
    const isMet = (ifMatch === '' || isSame) && !(ifNone === '*' && found);
    switch (method) {
      case 'PROPFIND': {
        const all = listing(path, depth);
        return all.length === 0 ? ([404, '', {}] as const) : multistatus(all);
      }
      case 'REPORT':
        return multistatus(
          [...body.matchAll(/<[\w:]*href>([^<]+)</g)].map(([, href = '']) => {
            const text = objects.get(href);
            if (text === undefined)
              return `<d:response><d:href>${href}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`;
            const data = `<c:calendar-data>${escaped(text)}</c:calendar-data>`;
            return entry(href, tagProp(text) + data);
          }),
        );
      case 'MKCALENDAR':
        if (calendars.has(path)) return [405, '', {}] as const;
        calendars.set(path, /<[\w:]*displayname>([^<]*)</.exec(body)?.[1] ?? '');
        return [201, '', {}] as const;
      case 'GET':
        return found === undefined ? ([404, '', {}] as const) : ([200, found, tagHeader(found)] as const);
      case 'PUT':
        if (!isMet) return [412, '', {}] as const;
        if (!calendars.has(path.replace(/[^/]*$/, ''))) return [409, '', {}] as const;
        objects.set(dav.renames && !found ? path.replace(/[^/]*$/, `${++created}-own.ics`) : path, body);
        return [found === undefined ? 201 : 204, '', tagHeader(body)] as const;
      case 'DELETE':
        if (!isMet) return [412, '', {}] as const;
        return [objects.delete(path) ? 204 : 404, '', {}] as const;
      default:
        return [405, '', {}] as const;
    }
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push(`${method} ${url}`);
      const say = ([status, text, more]: readonly [number, string, Record<string, string>]): ServerResponse =>
        response.writeHead(status, more).end(text);
      const login = Buffer.from(`alice:${dav.accepts}`).toString('base64');
      const fault = dav.fault(method, url);
      if (dav.isDown) say([503, '', {}]);
      else if (fault !== null) say([fault, '', fault === 401 ? { 'www-authenticate': 'Basic realm="x"' } : {}]);
      else if (headers.authorization !== `Basic ${login}`) say([401, '', { 'www-authenticate': 'Basic realm="x"' }]);
      else {
        const conditions: [string, string] = [headers['if-match'] ?? '', headers['if-none-match'] ?? ''];
        say(answer(method, url, String(headers.depth ?? '0'), conditions, Buffer.concat(chunks).toString()));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const dav: CalDav = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    username: 'alice',
    password: 'app-password-of-alice',
    accepts: 'app-password-of-alice',
    isDown: false,
    fault: () => null,
    renames: false,
    tags: 'quoted',
    drop: (path) => {
      calendars.delete(path);
      for (const one of [...objects.keys()]) if (one.startsWith(path)) objects.delete(one);
    },
    objects,
    calendars,
    writes: () => requests.slice(told, (told = requests.length)).filter((one) => /^(?:PUT|DELETE|MKC)/.test(one)),
    asked: () => requests.slice(counted, (counted = requests.length)).length,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return dav;
}
