import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { DavReply, DavRequest } from '../support/caldav-model.ts';

/** What servers, proxies and networks do to the answers of a CalDAV server. The next fault is one more line. */

export interface Mutation {
  readonly name: string;
  readonly change: (reply: DavReply, request: DavRequest) => DavReply;
  /** How the server reads the headers it is sent, where its own idea of them differs too. */
  readonly headers?: (headers: DavRequest['headers']) => DavRequest['headers'];
}

type Change = Mutation['change'];
type Tag = (tag: string) => string | null;

const text = ({ body }: DavReply): string => body.toString();
const isEmpty = ({ body }: DavReply): boolean => body.length === 0;
const isWrite = ({ method }: DavRequest): boolean => method === 'PUT' || method === 'DELETE';

const ofText =
  (change: (body: string) => string | Buffer): Change =>
  (reply) =>
    isEmpty(reply) ? reply : { ...reply, body: change(text(reply)) };
const ofXml =
  (change: (body: string) => string | Buffer): Change =>
  (reply, request) =>
    text(reply).startsWith('<') ? ofText(change)(reply, request) : reply;
const typed =
  (type: string | null): Change =>
  (reply) => {
    const { 'content-type': _type, ...others } = reply.headers;
    return { ...reply, headers: type === null ? others : { ...others, 'content-type': type } };
  };
const coded =
  (coding: string, pack: (body: string) => string | Buffer): Change =>
  (reply) => ({
    ...reply,
    headers: { ...reply.headers, 'content-encoding': coding },
    body: isEmpty(reply) ? '' : pack(text(reply)),
  });
const answer =
  (status: number, body = '', headers: Record<string, string> = {}): Change =>
  () => ({ status, body, headers });
const toWrites =
  (change: Change): Change =>
  (reply, request) =>
    isWrite(request) ? change(reply, request) : reply;
const toReads =
  (change: Change): Change =>
  (reply, request) =>
    isWrite(request) ? reply : change(reply, request);

/** Changes tags in listings and in headers; null takes them away. */
const tagged =
  (inXml: Tag, inHeaders: Tag): Change =>
  (reply) => {
    const { etag, ...others } = reply.headers;
    const sent = etag === undefined ? null : inHeaders(etag);
    const body = text(reply).replace(/<d:getetag>(.*?)<\/d:getetag>/g, (_all, tag: string) => {
      const listed = inXml(tag);
      return listed === null ? '' : `<d:getetag>${listed}</d:getetag>`;
    });
    return { ...reply, body, headers: sent === null ? others : { ...others, etag: sent } };
  };
const same: Tag = (tag) => tag;
const none: Tag = () => null;
const bare: Tag = (tag) => tag.slice(1, -1);
const weak: Tag = (tag) => `W/${tag}`;
const ifMatch =
  (read: (tag: string) => string): NonNullable<Mutation['headers']> =>
  (headers) =>
    headers['if-match'] === undefined || headers['if-match'] === '*'
      ? headers
      : { ...headers, 'if-match': read(headers['if-match']) };

const PAGE = '<!DOCTYPE html><html><body><form>Log in</form></body></html>';
const HTML = { 'content-type': 'text/html' };
const NOTHING = '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"/>';
const REFUSAL =
  '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/dav/work/x.ics</d:href><d:status>HTTP/1.1 403 No</d:status></d:response></d:multistatus>';
const named = (table: Readonly<Record<string, Change | Omit<Mutation, 'name'>>>): readonly Mutation[] =>
  Object.entries(table).map(([name, row]) => (typeof row === 'function' ? { name, change: row } : { name, ...row }));

/** A mirror works under these as if they were not there. */
export const HARMLESS: readonly Mutation[] = named({
  nothing: (reply) => reply,
  gzip: coded('gzip', gzipSync),
  'GZIP in capitals': coded('GZIP', gzipSync),
  'x-gzip': coded('x-gzip', gzipSync),
  'gzip named, but only on what is empty': (reply, request) =>
    isEmpty(reply) ? coded('gzip', gzipSync)(reply, request) : reply,
  'identity named': coded('identity', (body) => body),
  'types in capitals': typed('APPLICATION/XML; CHARSET="UTF-8"'),
  'no types': typed(null),
  'a type that says nothing': typed('application/octet-stream'),
  'a byte order mark': ofText((body) => `\uFEFF${body}`),
  'UTF-16': ofText((body) => Buffer.from(`\uFEFF${body}`, 'utf16le')),
  'line ends of Unix': ofText((body) => body.replaceAll('\r\n', '\n')),
  'other prefixes of namespaces': ofXml((body) => body.replace(/(<\/?|xmlns:)d(?=[:=])/g, '$1DAV')),
  'texts in CDATA': ofXml((body) =>
    body.replace(
      /(<c:calendar-data>)([^<&]*)(<)/g,
      (_all, open: string, inner: string) => `${open}<![CDATA[${inner}]]><`,
    ),
  ),
  'addresses of another host': ofXml((body) => body.replaceAll('<d:href>/', '<d:href>http://internal:8080/')),
  'addresses with needless escapes': ofXml((body) =>
    body.replaceAll('/work/', '/%77ork/').replaceAll('.ics<', '%2Eics<'),
  ),
  'elements that are not known': ofXml((body) =>
    body.replaceAll('<d:prop>', '<d:prop><x:a xmlns:x="urn:x"><x:b/></x:a>'),
  ),
  'answers for other calendars': ofXml((body) =>
    body.replace(
      '</d:multistatus>',
      '<d:response><d:href>/dav/other/x.ics</d:href><d:status>HTTP/1.1 404 No</d:status></d:response></d:multistatus>',
    ),
  ),
  'answers that overtake each other': (reply) => ({ ...reply, way: 'late' }),
  'tags without quotes': { change: tagged(bare, bare), headers: ifMatch((tag) => `"${tag}"`) },
  'tags without quotes, which are compared anyhow': {
    change: tagged(bare, bare),
    headers: ifMatch((tag) => `"${tag.replaceAll('"', '')}"`),
  },
  'tags without quotes in listings alone': tagged(bare, same),
  'tags without quotes in headers alone': tagged(same, bare),
  'weak tags': { change: tagged(weak, weak), headers: ifMatch(() => 'W/"never met"') },
  'weak tags in listings alone': tagged(weak, same),
  'weak tags in headers alone': tagged(same, weak),
  'no tags': tagged(none, none),
  'no tags in listings': tagged(none, same),
  'no tags in headers': tagged(same, none),
  'empty tags': tagged(
    () => '""',
    () => '""',
  ),
  'a tag that is a list': {
    change: tagged(
      (tag) => `${tag}, "x"`,
      (tag) => `${tag}, "x"`,
    ),
    headers: ifMatch(() => '"never met"'),
  },
});

/** No run under these can do all it should, so none may be reported as ok. */
export const HARMFUL: readonly Mutation[] = named({
  'connections that break before the answer': (reply) => ({ ...reply, way: 'lost' }),
  'connections that break in the middle': (reply) => ({ ...reply, way: 'cut' }),
  'half of each answer': toReads(ofText((body) => body.slice(0, body.length / 2))),
  'all of an answer but its end': toReads(ofText((body) => body.slice(0, -20))),
  'something behind the end': ofXml((body) => `${body}<p/>`),
  'no bodies': toReads((reply) => ({ ...reply, body: '' })),
  'a web page of the same status': toReads((reply) => ({ ...reply, headers: HTML, body: PAGE })),
  'a web page of status 200': answer(200, PAGE, HTML),
  'an object of JSON': answer(200, '{"error": "busy"}', { 'content-type': 'application/json' }),
  'a list of nothing': toReads(answer(207, NOTHING)),
  'status 200 in place of 207': (reply) => (reply.status === 207 ? { ...reply, status: 200 } : reply),
  'another namespace': ofXml((body) => body.replaceAll('"DAV:"', '"DAV"')),
  'another root': ofXml((body) => body.replaceAll('d:multistatus', 'd:multi')),
  'a DOCTYPE': ofXml((body) => body.replace('?>', '?><!DOCTYPE d>')),
  'statuses that can not be read': ofXml((body) => body.replaceAll('HTTP/1.1 200', 'HTTP/1.1 ok')),
  'a listing without the calendar': ofXml((body) => body.replaceAll('<d:href>/dav/work/<', '<d:href>/dav/else/<')),
  'a listing that goes on': ofXml((body) =>
    body.replace(
      '</d:multistatus>',
      '<d:response><d:href>/dav/work/</d:href><d:status>HTTP/1.1 507 More</d:status></d:response></d:multistatus>',
    ),
  ),
  'a coding that was not asked for': toReads(coded('br', (body) => brotliCompressSync(body))),
  'a coding that is only said': toReads(coded('gzip', (body) => body)),
  'a charset that does not exist': toReads(typed('application/xml; charset=klingon')),
  'a redirect to another server': answer(302, '', { location: 'https://login.example.com/' }),
  'a redirect in a circle': (_reply, { path }) => ({ status: 307, body: '', headers: { location: path } }),
  ...Object.fromEntries(
    [400, 401, 403, 404, 405, 408, 410, 412, 421, 423, 429, 451, 500, 501, 502, 503, 504, 507, 511].map((status) => [
      `status ${status}`,
      answer(status),
    ]),
  ),
  'status 429 for an hour': answer(429, '', { 'retry-after': '3600' }),
  'status 503 for a year': answer(503, '', { 'retry-after': '31536000' }),
  'status 503 until a day long past': answer(503, '', { 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' }),
});

/** Answers to writes, which say something else than what the server did. */
export const OF_WRITES: readonly Mutation[] = named({
  'connections that break after a write': toWrites((reply) => ({ ...reply, way: 'lost' })),
  'a web page for each write': toWrites(answer(200, PAGE, HTML)),
  'a refusal within a multistatus': toWrites(answer(207, REFUSAL)),
  'an empty multistatus for each write': toWrites(answer(207, NOTHING)),
  'half a multistatus for each write': toWrites(answer(207, REFUSAL.slice(0, 99))),
  'no quota': toWrites(answer(403, '<error xmlns="DAV:"><quota-not-exceeded/></error>')),
  'a quota told by status 500': toWrites(answer(500, '<p>Over quota</p>')),
  ...Object.fromEntries(
    [302, 400, 403, 404, 405, 409, 412, 413, 415, 422, 423, 425, 429, 500, 501, 502, 503, 504, 507].map((status) => [
      `status ${status} for each write`,
      toWrites(answer(status)),
    ]),
  ),
  'status 503 for a day after each write': toWrites(answer(503, '', { 'retry-after': '86400' })),
});

/** Under these a run may do its work or not: what counts is that it knows. */
export const UNCERTAIN: readonly Mutation[] = named({
  'properties that fail': ofXml((body) => body.replaceAll('200 OK', '500 No')),
  'tags in other letters': tagged(
    (tag) => tag.toUpperCase(),
    (tag) => tag.toUpperCase(),
  ),
  'tags that change with each answer': tagged(
    () => `"${String(++version)}"`,
    () => `"${String(++version)}"`,
  ),
  'halves of texts': ofXml((body) => body.replace(/(<c:calendar-data>[^<]{0,60})[^<]*/g, '$1')),
  'texts of nothing': (reply, { method }) => (method === 'GET' ? { ...reply, body: '' } : reply),
  'reports that say nothing is there': (reply, { method }) =>
    method === 'REPORT' ? answer(207, NOTHING)(reply, { method } as DavRequest) : reply,
});

let version = 0;
