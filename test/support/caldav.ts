import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';

/** A request as the server gets it. Header names are in lower case. */
export interface DavRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer on its way out. */
export interface DavReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** `cut`: the connection breaks in the middle of it. `lost`: before it. `late`: after other answers that are under way. */
  readonly way?: 'cut' | 'lost' | 'late';
}

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
  /** Any other password is refused. */
  accepts: string;
  /** The DAV header. */
  announces: string;
  /** While true every request gets 503. */
  isDown: boolean;
  /** The status to answer a request with instead, or null. */
  fault: (method: string, path: string) => number | null;
  /** Whether what is created gets a name of the server's own. */
  renames: boolean;
  /** Whether a creation is refused while another resource of the calendar has its UID. */
  checksUids: boolean;
  /** How entity tags are written; conditions are compared letter by letter. */
  tags: 'quoted' | 'bare' | 'weak' | 'none';
  /** While true nothing is stored or removed, and writes are answered as if they were. */
  isIdle: boolean;
  /** What becomes of each answer on its way. */
  alter: (reply: DavReply, request: DavRequest) => DavReply;
  /** What becomes of the headers of each request, before they are read. */
  alterHeaders: (headers: DavRequest['headers']) => DavRequest['headers'];
  /** Removes a calendar with all that is in it, as its user would. */
  drop(path: string): void;
  close(): Promise<void>;
}

const HOME = '/dav/';
const CALENDAR =
  '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>' +
  '<c:supported-calendar-component-set><c:comp name="VEVENT"/><c:comp name="VTODO"/></c:supported-calendar-component-set>';

const UID_CONFLICT =
  '<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/></d:error>';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const uidIn = (text: string): string | undefined => /^UID:(.*?)\r?$/m.exec(text)?.[1];
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const entry = (href: string, props: string): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;

export async function aCalDav(): Promise<CalDav> {
  const objects = new Map<string, string>();
  const calendars = new Map([['/dav/work/', 'Work']]);
  const requests: string[] = [];
  let read = 0;
  let counted = 0;
  let created = 0;

  const tagOf = (text: string): string => {
    const digest = digestOf(text);
    return { quoted: `"${digest}"`, bare: digest, weak: `W/"${digest}"`, none: '' }[dav.tags];
  };
  const tagProp = (text: string): string => (dav.tags === 'none' ? '' : `<d:getetag>${tagOf(text)}</d:getetag>`);
  const tagHeader = (text: string): Record<string, string> => (dav.tags === 'none' ? {} : { etag: tagOf(text) });

  /** The path by which it is known here, whatever is escaped in it without need. */
  const pathOf = (href: string): string => {
    const isSame = (path: string): boolean => decodeURIComponent(path) === decodeURIComponent(href);
    const plain = href.split('/').map((part) => encodeURIComponent(decodeURIComponent(part)));
    return [...calendars.keys(), ...objects.keys()].find(isSame) ?? plain.join('/');
  };

  const isUidTaken = (path: string, text: string): boolean => {
    const folder = path.replace(/[^/]*$/, '');
    const uid = uidIn(text);
    return uid !== undefined && [...objects].some(([one, other]) => one.startsWith(folder) && uidIn(other) === uid);
  };

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
      case 'OPTIONS':
        return [200, '', { dav: dav.announces }] as const;
      case 'PROPFIND': {
        const all = listing(path, depth);
        return all.length === 0 ? ([404, '', {}] as const) : multistatus(all);
      }
      case 'REPORT':
        return multistatus(
          [...body.matchAll(/<[\w:]*href>([^<]+)</g)].map(([, href = '']) => {
            const text = objects.get(pathOf(href));
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
        // RFC 4791 section 5.3.2.1: no two resources of a calendar have the same UID.
        if (dav.checksUids && !found && isUidTaken(path, body)) return [403, UID_CONFLICT, {}] as const;
        if (!dav.isIdle)
          objects.set(dav.renames && !found ? path.replace(/[^/]*$/, `${++created}-own.ics`) : path, body);
        return [found === undefined ? 201 : 204, '', tagHeader(body)] as const;
      case 'DELETE':
        if (!isMet) return [412, '', {}] as const;
        if (!dav.isIdle) objects.delete(path);
        return [found === undefined ? 404 : 204, '', {}] as const;
      default:
        return [405, '', {}] as const;
    }
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '' } = request;
      const url = pathOf(request.url ?? '');
      const received = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
      const headers = dav.alterHeaders(Object.fromEntries(received));
      requests.push(`${method} ${url}`);
      const say = ([status, body, more]: readonly [number, string, Record<string, string>]): void => {
        send(response, dav.alter({ status, headers: more, body }, { method, path: url, headers }));
      };
      const login = Buffer.from(`alice:${dav.accepts}`).toString('base64');
      const fault = dav.fault(method, url);
      if (dav.isDown) say([503, '', {}]);
      else if (fault !== null) say([fault, '', fault === 401 ? { 'www-authenticate': 'Basic realm="x"' } : {}]);
      else if (headers.authorization !== `Basic ${login}`) say([401, '', { 'www-authenticate': 'Basic realm="x"' }]);
      else {
        const conditions: [string, string] = [headers['if-match'] ?? '', headers['if-none-match'] ?? ''];
        say(answer(method, url, headers.depth ?? '0', conditions, Buffer.concat(chunks).toString()));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const dav: CalDav = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    username: 'alice',
    password: 'app-password-of-alice',
    accepts: 'app-password-of-alice',
    announces: '1, 3, calendar-access',
    isDown: false,
    fault: () => null,
    renames: false,
    checksUids: false,
    tags: 'quoted',
    isIdle: false,
    alter: (reply) => reply,
    alterHeaders: (headers) => headers,
    drop: (path) => {
      calendars.delete(path);
      for (const one of [...objects.keys()]) if (one.startsWith(path)) objects.delete(one);
    },
    objects,
    calendars,
    writes: () => requests.slice(read, (read = requests.length)).filter((one) => /^(?:PUT|DELETE|MKC)/.test(one)),
    asked: () => requests.slice(counted, (counted = requests.length)).length,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return dav;
}

function send(response: ServerResponse, { status, headers, body, way }: DavReply): void {
  const bytes = Buffer.from(body);
  if (way === 'lost' || (way === 'cut' && bytes.length === 0)) response.destroy();
  else if (way === 'late') setTimeout(() => response.writeHead(status, headers).end(bytes), 5);
  else if (way === 'cut') {
    response.writeHead(status, { ...headers, 'content-length': String(bytes.length + 1) });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  } else response.writeHead(status, headers).end(bytes);
}
