import type { Seal } from '../../lib/seal.ts';

/**
 * A request that a follower passes on to the leader, as records of the cache: the task, which everyone follows, and its contents, which only
 * those two read. They are sealed, because there are passwords and tokens in them.
 */

/** A task. Each change of it expects what was read, so that it is performed at most once. */
export interface Task {
  /** When it was stored, by the clock of the follower, which may be wrong. */
  readonly at: number;
  /** The follower. */
  readonly replica: string;
  /** The leader that performs it, and the number of its attempt to claim it; null before. */
  readonly claimed: string | null;
  /** Then its answer is stored instead of its request. */
  readonly isAnswered: boolean;
}

/** A request as it came, without what belongs to its connection. */
export interface RelayedRequest {
  readonly method: string;
  /** The request's target. */
  readonly url: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** null where it has none, not even an empty one. */
  readonly body: Buffer | null;
  /** Of the visitor; "" where it came over the control socket. */
  readonly address: string;
  /** Whether it came over the control socket. */
  readonly isLocal: boolean;
}

/** An answer, without what belongs to its connection. */
export interface RelayedAnswer {
  readonly status: number;
  /** The reason phrase. */
  readonly message: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What a content is: sealed for it, so that it can't be passed off as another one. */
type ContentName = readonly [task: string, what: 'request' | 'answer'];

/** Returns a text that only a server with the same key can read. */
export function sealContent(vault: Seal, name: ContentName, content: RelayedRequest | RelayedAnswer): string {
  return vault.seal(JSON.stringify({ ...content, body: content.body?.toString('base64') ?? null }), name);
}

/** Returns the request of a task; null where it was sealed with another key, or for another task. */
export function openRequest(vault: Seal, task: string, sealed: string): RelayedRequest | null {
  const request = open<RelayedRequest>(vault, [task, 'request'], sealed);
  return request && { ...request, body: request.body === null ? null : Buffer.from(request.body, 'base64') };
}

/** Returns the answer to a task; null where it was sealed with another key, or for another task. */
export function openAnswer(vault: Seal, task: string, sealed: string): RelayedAnswer | null {
  const answer = open<RelayedAnswer>(vault, [task, 'answer'], sealed);
  return answer && { ...answer, body: Buffer.from(answer.body ?? '', 'base64') };
}

type Opened<T> = Omit<T, 'body'> & { readonly body: string | null };

function open<T>(vault: Seal, name: ContentName, sealed: string): Opened<T> | null {
  const json = vault.open(sealed, name);
  return json === null ? null : (JSON.parse(json) as Opened<T>);
}

/** Whether performing a request twice is as good as once (RFC 9110 section 9.2.1). */
export function isRepeatable(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
