import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import ICAL from 'ical.js';

/** Holds every answer of a feed against what a subscriber may expect of it. */

/** An answer that came whole. */
export interface Answer {
  /** The name of the feed. */
  readonly feed: string;
  readonly method: 'GET' | 'HEAD';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a subscriber remembers of its last answer. */
export interface Memory {
  etag: string | null;
  lastModified: string | null;
  lastModifiedMs: number;
}

/** What an answer must never be, by name, with how often it was and the first examples. */
export type Faults = Map<string, { count: number; readonly examples: string[] }>;

export const RULES = {
  status: 'answers ≥ 500 of a published feed',
  refused: 'other answers than 200 or 304 of a published feed',
  type: 'answers 200 that are no text/calendar',
  body: 'calendars that are not complete',
  length: 'answers whose Content-Length is not what came',
  etag: 'ETags that stood for two bodies, or bodies with two ETags',
  back: 'Last-Modified that went back',
  parse: 'calendars that ical.js can not read',
} as const;

export interface Judge {
  readonly faults: Faults;
  /** Names of feeds that were answered 200 before. */
  readonly published: ReadonlySet<string>;
  /** Answers by status, and those of feeds that were not published yet. */
  readonly statuses: Map<number, number>;
  readonly early: Map<number, number>;
  parsed: number;
  distinct: number;
  answer(given: Answer, memory: Memory): void;
}

const EXAMPLES = 5;
/** One new body in so many is parsed. */
const PARSED_SHARE = 10;

export function createJudge(now: () => string): Judge {
  const faults: Faults = new Map(Object.values(RULES).map((name) => [name, { count: 0, examples: [] }]));
  const published = new Set<string>();
  const statuses = new Map<number, number>();
  const early = new Map<number, number>();
  /** By feed: the hash of the bytes of each ETag, their length, and the other way round. */
  const known = new Map<
    string,
    { byTag: Map<string, { hash: string; length: number }>; byHash: Map<string, string> }
  >();

  function blame(rule: string, { feed, method, status }: Answer, what: string): void {
    const fault = faults.get(rule);
    if (!fault) return;
    fault.count++;
    if (fault.examples.length < EXAMPLES) fault.examples.push(`${now()} ${method} ${feed} ${status}: ${what}`);
  }

  const judge: Judge = {
    faults,
    published,
    statuses,
    early,
    parsed: 0,
    distinct: 0,
    answer: (given, memory) => {
      const { feed, method, status, headers, body } = given;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status !== 200 && status !== 304) {
        const text = body.toString('utf8', 0, 200);
        if (!published.has(feed)) early.set(status, (early.get(status) ?? 0) + 1);
        else blame(status >= 500 ? RULES.status : RULES.refused, given, text);
        return;
      }
      published.add(feed);
      checkDate(given, memory);
      const etag = headers.etag ?? '';
      if (status === 304) {
        if (memory.etag !== null && etag !== memory.etag)
          blame(RULES.etag, given, `304 with ${etag}, not ${memory.etag}`);
        return;
      }
      if (headers['content-type'] !== 'text/calendar; charset=utf-8')
        blame(RULES.type, given, String(headers['content-type']));
      if (method === 'GET') checkBody(given, etag);
      else if ((known.get(feed)?.byTag.get(etag)?.length ?? -1) !== Number(headers['content-length']))
        if (known.get(feed)?.byTag.has(etag) === true) blame(RULES.length, given, 'HEAD has another length than GET');
      memory.etag = headers.etag ?? null;
      memory.lastModified = headers['last-modified'] ?? null;
    },
  };

  function checkDate(given: Answer, memory: Memory): void {
    const modified = Date.parse(given.headers['last-modified'] ?? '');
    if (Number.isNaN(modified)) blame(RULES.back, given, 'no Last-Modified');
    else if (modified < memory.lastModifiedMs)
      blame(
        RULES.back,
        given,
        `${new Date(modified).toISOString()} after ${new Date(memory.lastModifiedMs).toISOString()}`,
      );
    else memory.lastModifiedMs = modified;
  }

  function checkBody(given: Answer, etag: string): void {
    const { feed, headers, body } = given;
    if (Number(headers['content-length']) !== body.length)
      blame(RULES.length, given, `${headers['content-length'] ?? 'none'} announced, ${body.length} arrived`);
    let seen = known.get(feed);
    if (!seen) known.set(feed, (seen = { byTag: new Map(), byHash: new Map() }));
    const hash = createHash('sha256').update(body).digest('base64url');
    const tagged = seen.byTag.get(etag);
    if (etag === '' || (tagged && tagged.hash !== hash)) blame(RULES.etag, given, `${etag} stands for two bodies`);
    const tag = seen.byHash.get(hash);
    if (tag !== undefined && tag !== etag) blame(RULES.etag, given, `${tag} and ${etag} stand for one body`);
    if (tagged && tag !== undefined) return;
    seen.byTag.set(etag, { hash, length: body.length });
    seen.byHash.set(hash, etag);
    checkCalendar(given);
  }

  function checkCalendar(given: Answer): void {
    let text: string;
    try {
      text = (given.headers['content-encoding'] === 'gzip' ? gunzipSync(given.body) : given.body).toString();
    } catch (error) {
      blame(RULES.body, given, `gzip: ${String(error)}`);
      return;
    }
    const begins = text.match(/^BEGIN:(?:VEVENT|VTODO)\r$/gm)?.length ?? 0;
    const ends = text.match(/^END:(?:VEVENT|VTODO)\r$/gm)?.length ?? 0;
    const isWhole = text.startsWith('BEGIN:VCALENDAR\r\n') && text.endsWith('END:VCALENDAR\r\n');
    if (!isWhole || begins === 0 || begins !== ends)
      blame(RULES.body, given, `${begins} components begin, ${ends} end; ${text.slice(0, 80)}`);
    if (judge.distinct++ % PARSED_SHARE !== 0) return;
    judge.parsed++;
    try {
      const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
      const found = calendar.getAllSubcomponents().filter(({ name }) => name === 'vevent' || name === 'vtodo').length;
      if (found !== begins) blame(RULES.parse, given, `${found} components of ${begins}`);
    } catch (error) {
      blame(RULES.parse, given, String(error));
    }
  }

  return judge;
}
