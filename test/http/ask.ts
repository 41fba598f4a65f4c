import { request } from 'undici';
import { ADMIN_TOKEN, type TestApp } from '../support/app.ts';

/** Requests to the program as its clients send them. */

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly text: string;
}

/** A request without a client library's own headers; `path` may be a whole address of the program's. */
export async function ask(
  site: TestApp,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body: string | null = null,
): Promise<Answer> {
  const address = path.startsWith('http') ? site.url + new URL(path).pathname : site.url + path;
  const answer = await request(address, { method: method as 'GET', headers, body });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  const { statusCode: status, headers: all } = answer;
  return { status, headers: all as Answer['headers'], body: bytes, text: bytes.toString() };
}

export type Json = Readonly<Record<string, unknown>>;

/** What the API answers. */
export interface ApiAnswer extends Answer {
  /** {} for what is no JSON. */
  readonly json: Json;
}

/** A request to the API with that token, or none; `body` is sent as JSON. */
export async function askFor(
  site: TestApp,
  method: string,
  path: string,
  body?: unknown,
  token: string | null = ADMIN_TOKEN,
): Promise<ApiAnswer> {
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await ask(site, path, headers, method, body === undefined ? null : JSON.stringify(body));
  return { ...answer, json: answer.text.startsWith('{') ? (JSON.parse(answer.text) as Json) : {} };
}

/** The same below `/api/v1/`. */
export function api(
  site: TestApp,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  token: string | null = ADMIN_TOKEN,
): Promise<ApiAnswer> {
  return askFor(site, method, `/api/v1/${path}`, body, token);
}

/** A link as the answer that made it tells it. */
export interface NewLink {
  readonly id: string;
  readonly url: string;
  /** The secret in its address. */
  readonly token: string;
  readonly json: Json;
}

/** The link of an answer that has its address. */
export function linkOf({ json }: Pick<ApiAnswer, 'json'>): NewLink {
  const { id, url } = json as { id: string; url: string };
  return { id, url, token: new URL(url).pathname.split('/').at(-2) ?? '', json };
}

/** Makes a link: for project ALPHA, unless something else is asked for. */
export async function aLink(site: TestApp, wish: Json = {}): Promise<NewLink> {
  return linkOf(await api(site, 'POST', 'links', { name: 'Ada phone', scope: { projects: ['ALPHA'] }, ...wish }));
}

/** UIDs of the items in a calendar, sorted. */
export function uidsOf(calendar: string): string[] {
  return [...calendar.matchAll(/^UID:(plane-(?!note)[\w-]+)@/gm)].map(([, uid]) => uid!).sort();
}

/** A calendar's text with its long lines whole. */
export function unfolded(calendar: string): string {
  return calendar.replaceAll('\r\n ', '');
}
