import { createHash } from 'node:crypto';

/** What a small CalDAV server with one user answers. */

/** A request as the server gets it. Header names are in lower case. */
export interface DavRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer on its way out. */
export interface DavReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** `cut`: the connection breaks in the middle of it. `lost`: before it. `late`: after other answers that are under way. */
  readonly way?: 'cut' | 'lost' | 'late';
}

/** The server in memory, without its address. */
export interface CalDavModel {
  /** Answers a request. */
  respond(request: DavRequest): DavReply;
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
  /** What is stored of a text that is put. */
  keep: (text: string) => string;
  /** Whether it says what changed: a tag of each calendar, and sync-collection (RFC 6578). */
  syncs: boolean;
  /** Removes a calendar with all that is in it, as its user would. */
  drop(path: string): void;
}

const HOME = '/dav/';
const CALENDAR =
  '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>' +
  '<c:supported-calendar-component-set><c:comp name="VEVENT"/><c:comp name="VTODO"/></c:supported-calendar-component-set>';

const UID_CONFLICT =
  '<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/></d:error>';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const folderOf = (path: string): string => path.replace(/[^/]*$/, '');
const uidIn = (text: string): string | undefined => /^UID:(.*?)\r?$/m.exec(text)?.[1];
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const entry = (href: string, props: string): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;

const gone = (href: string): string =>
  `<d:response><d:href>${href}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`;

/** Status, body and headers. */
type Said = readonly [status: number, body: string, headers: Record<string, string>];

const multistatus = (inner: string): Said => [
  207,
  `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${inner}</d:multistatus>`,
  { 'content-type': 'application/xml; charset=utf-8' },
];
const CHALLENGE = { 'www-authenticate': 'Basic realm="x"' };

export function createCalDavModel(): CalDavModel {
  const objects = new Map<string, string>();
  const calendars = new Map([['/dav/work/', 'Work']]);
  const versions = createVersions(objects);
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
    const has = (path: string): boolean => calendars.has(path) || objects.has(path);
    const decoded = decodeURIComponent(href);
    if (has(href) || has(decoded)) return has(href) ? href : decoded;
    // Only a path with escapes can be another spelling of this one; a search through all would cost more than the rest of a request.
    for (const paths of [calendars.keys(), objects.keys()])
      for (const path of paths) if (path.includes('%') && decodeURIComponent(path) === decoded) return path;
    return href
      .split('/')
      .map((part) => encodeURIComponent(decodeURIComponent(part)))
      .join('/');
  };

  const isUidTaken = (path: string, text: string): boolean => {
    const folder = folderOf(path);
    const uid = uidIn(text);
    return uid !== undefined && [...objects].some(([one, other]) => one.startsWith(folder) && uidIn(other) === uid);
  };

  const calendarEntry = (path: string): string => {
    const name = `<d:displayname>${escaped(calendars.get(path) ?? '')}</d:displayname>`;
    return entry(path, CALENDAR + name + (dav.syncs ? versions.props() : ''));
  };

  const listing = (path: string, depth: string): string[] => {
    if (calendars.has(path)) {
      const inside = [...objects].filter(([one]) => depth !== '0' && one.startsWith(path));
      return [calendarEntry(path), ...inside.map(([one, text]) => entry(one, `${tagProp(text)}<d:resourcetype/>`))];
    }
    const home =
      '<d:resourcetype><d:collection/></d:resourcetype>' +
      `<c:calendar-home-set><d:href>${HOME}</d:href></c:calendar-home-set>`;
    if (path === '/' || path === HOME)
      return [entry(path, home), ...(depth === '0' || path === '/' ? [] : [...calendars.keys()].map(calendarEntry))];
    const text = objects.get(path);
    return text === undefined ? [] : [entry(path, tagProp(text))];
  };

  const multiget = (body: string): Said => {
    const hrefs = [...body.matchAll(/<[\w:]*href>([^<]+)</g)].map(([, href = '']) => href);
    const responses = hrefs.map((href) => {
      const text = objects.get(pathOf(href));
      if (text === undefined) return gone(href);
      return entry(href, `${tagProp(text)}<c:calendar-data>${escaped(text)}</c:calendar-data>`);
    });
    return multistatus(responses.join(''));
  };

  const changesSince = (path: string, body: string): Said => {
    const changed = versions.since(/sync-token>([^<]*)</.exec(body)?.[1] ?? '');
    if (!dav.syncs || changed === null) return [403, '', {}];
    const responses = changed
      .filter((one) => one.startsWith(path))
      .map((one) => {
        const text = objects.get(one);
        return text === undefined ? gone(one) : entry(one, tagProp(text));
      });
    return multistatus(`${responses.join('')}<d:sync-token>${versions.token()}</d:sync-token>`);
  };

  const put = (path: string, body: string): Said => {
    const found = objects.get(path);
    if (!calendars.has(folderOf(path))) return [409, '', {}];
    // RFC 4791 section 5.3.2.1: no two resources of a calendar have the same UID.
    if (dav.checksUids && found === undefined && isUidTaken(path, body)) return [403, UID_CONFLICT, {}];
    const text = dav.keep(body);
    if (!dav.isIdle)
      objects.set(dav.renames && found === undefined ? `${folderOf(path)}${++created}-own.ics` : path, text);
    return [found === undefined ? 201 : 204, '', tagHeader(text)];
  };

  const answer = ({ method, path, headers, body }: DavRequest): Said => {
    const found = objects.get(path);
    const { 'if-match': ifMatch = '', 'if-none-match': ifNone = '', depth = '0' } = headers;
    const isSame = found !== undefined && (ifMatch === '*' || tagOf(found) === ifMatch);
    const isMet = (ifMatch === '' || isSame) && !(ifNone === '*' && found !== undefined);
    switch (method) {
      case 'OPTIONS':
        return [200, '', { dav: dav.announces }];
      case 'PROPFIND': {
        const all = listing(path, depth);
        return all.length === 0 ? [404, '', {}] : multistatus(all.join(''));
      }
      case 'REPORT':
        return body.includes('sync-collection') ? changesSince(path, body) : multiget(body);
      case 'MKCALENDAR':
        if (calendars.has(path)) return [405, '', {}];
        calendars.set(path, /<[\w:]*displayname>([^<]*)</.exec(body)?.[1] ?? '');
        return [201, '', {}];
      case 'GET':
        return found === undefined ? [404, '', {}] : [200, found, tagHeader(found)];
      case 'PUT':
        return isMet ? put(path, body) : [412, '', {}];
      case 'DELETE':
        if (!isMet) return [412, '', {}];
        if (!dav.isIdle) objects.delete(path);
        return [found === undefined ? 404 : 204, '', {}];
      default:
        return [405, '', {}];
    }
  };

  const answerUser = (request: DavRequest): Said => {
    const fault = dav.fault(request.method, request.path);
    if (dav.isDown) return [503, '', {}];
    if (fault !== null) return [fault, '', fault === 401 ? CHALLENGE : {}];
    const login = Buffer.from(`alice:${dav.accepts}`).toString('base64');
    return request.headers.authorization === `Basic ${login}` ? answer(request) : [401, '', CHALLENGE];
  };

  const dav: CalDavModel = {
    respond: (given) => {
      const request = { ...given, path: pathOf(given.path), headers: dav.alterHeaders(given.headers) };
      requests.push(`${request.method} ${request.path}`);
      const [status, body, headers] = answerUser(request);
      return dav.alter({ status, headers, body }, request);
    },
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
    keep: (text) => text,
    syncs: false,
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
  };
  return dav;
}

/** Which objects changed, whoever changed them: they are compared with what was there when somebody last asked. */
function createVersions(objects: ReadonlyMap<string, string>) {
  const seen = new Map<string, string>();
  const changedAt = new Map<string, number>();
  let version = 1;

  function look(): void {
    const changed = [
      ...[...objects].filter(([path, text]) => seen.get(path) !== text).map(([path]) => path),
      ...[...seen.keys()].filter((path) => !objects.has(path)),
    ];
    if (changed.length === 0) return;
    version++;
    for (const path of changed) {
      const text = objects.get(path);
      if (text === undefined) seen.delete(path);
      else seen.set(path, text);
      changedAt.set(path, version);
    }
  }

  const token = (): string => `sync-${version}`;
  return {
    token,
    props: (): string => {
      look();
      return `<x:getctag xmlns:x="http://calendarserver.org/ns/">${version}</x:getctag><d:sync-token>${token()}</d:sync-token>`;
    },
    /** Paths of what changed since that token, or ever; null for an unknown token. */
    since: (given: string): string[] | null => {
      look();
      const since = given === '' ? 0 : Number(/^sync-(\d+)$/.exec(given)?.[1] ?? NaN);
      return since <= version ? [...changedAt].filter(([, at]) => at > since).map(([path]) => path) : null;
    },
  };
}
