import { AppError } from '../domain/errors.ts';
import type { Collection, IsAsRead, ListedResource, WriteOutcome, StoredResource } from '../domain/collection.ts';
import { isStrongTag } from '../lib/entity-tag.ts';
import type { Account } from './transport/account.ts';
import { readCalendar } from './calendar.ts';
import { dav } from './xml/names.ts';
import { propfind } from './xml/propfind.ts';
import { asListed, asRead, nothing, type Guard } from './guard.ts';
import type { Address, Reader } from './reading.ts';
import { QUOTA, sendWrite, type Unknown } from './send-write.ts';
import { checkName } from './xml/resource.ts';
import { TRIES } from './transport/retry.ts';
import type { Verdict } from './verdict.ts';

/** What a writer works with. */
export interface WriterTools {
  readonly account: Account;
  /** Of the calendar; ends in a slash. */
  readonly url: URL;
  readonly reader: Reader;
  /** Whether the server obeys If-Match on DELETE. */
  readonly checksConditions: () => boolean;
}

/** A write with everything that decides about it. `State` is what a check of the resource returns. */
interface Job<State> {
  readonly method: 'PUT' | 'DELETE';
  readonly address: Address;
  readonly text?: string;
  readonly guard: Guard<State>;
  /** Whether there was no such resource. */
  readonly isNew: boolean;
  /** Whether the resource is checked before each request, and not only after an unclear answer. */
  readonly checksFirst: () => boolean;
  check(): Promise<State | null>;
  /** Whether the resource, or that there is none, is already as the write would leave it. */
  isDone(now: State | null): boolean;
}

const conflict = (reason: string): WriteOutcome => ({ kind: 'conflict', reason });

/**
 * The writes of a collection. A write whose answer was lost may have been carried out, and a 412 has four meanings (precondition, invalid
 * data, too large, removed), so the resource is checked before the outcome is decided.
 */
export function createWriter(tools: WriterTools): Pick<Required<Collection>, 'put' | 'replace' | 'remove'> {
  const { url, reader, checksConditions } = tools;

  const overwrite = (
    address: Address,
    text: string,
    guard: Guard<StoredResource>,
    isOurs: (text: string) => boolean,
  ): Promise<WriteOutcome> =>
    carryOut(tools, {
      method: 'PUT',
      address,
      text,
      guard,
      isNew: guard === nothing,
      checksFirst: () => guard.needsText,
      check: () => reader.readOne(address),
      isDone: (now) => now !== null && isOurs(now.text),
    });

  return {
    put: async (name, text, condition, isOurs) => {
      checkName(name);
      const address = { name, href: url.href + name };
      if ('ifNoneMatch' in condition) return overwrite(address, text, nothing, isOurs);
      if ('ifRead' in condition) return overwrite(address, text, asRead(condition.ifRead), isOurs);
      if (!isStrongTag(condition.ifMatch)) throw new AppError('invalid', `${name} has no condition for a write.`);
      return overwrite(address, text, asListed(condition.ifMatch), isOurs);
    },
    replace: async (listed, text, isOurs, isAsRead) => {
      const guard = guardOf(listed, isAsRead);
      return guard === null ? conflict(`${listed.name} ${NO_TAG}`) : overwrite(listed, text, guard, isOurs);
    },
    remove: async (listed, isAsRead) => {
      const guard = guardOf(listed, isAsRead);
      if (guard === null) return conflict(`${listed.name} ${NO_TAG}`);
      const job = { method: 'DELETE', address: listed, isNew: false, isDone: (now: unknown) => now === null } as const;
      if (guard.needsText)
        return carryOut(tools, { ...job, guard, checksFirst: () => true, check: () => reader.readOne(listed) });
      const { conditions, objection } = asListed(listed.etag ?? '');
      return carryOut(tools, {
        ...job,
        guard: { conditions, objection, needsText: false },
        checksFirst: () => !checksConditions(),
        check: () => reader.tag(listed),
      });
    },
  };
}

/** What is known of a write after its attempts so far. */
interface Progress<State> {
  now: State | null;
  tried: number;
  /** How many conditions the server refused although they were met. */
  refused: number;
}

/** Writes until the outcome is clear, at most `TRIES` times. */
async function carryOut<State extends { readonly etag: string | null }>(
  tools: WriterTools,
  job: Job<State>,
): Promise<WriteOutcome> {
  const progress: Progress<State> = { now: null, tried: 0, refused: 0 };
  for (; ; progress.tried++) {
    const outcome = await attempt(tools, job, progress);
    if (outcome === null) continue;
    const isRepeated = outcome.kind === 'done' && progress.tried > 0 && job.isNew;
    return isRepeated ? { ...outcome, isRepeated } : outcome;
  }
}

/** One attempt; null when another one is needed. */
async function attempt<State extends { readonly etag: string | null }>(
  tools: WriterTools,
  job: Job<State>,
  progress: Progress<State>,
): Promise<WriteOutcome | null> {
  const { method, guard, text, address } = job;
  const before = job.checksFirst() ? await check(job, progress) : null;
  if (before !== null) return before;
  const conditions = guard.conditions(progress.now);
  const write = { method, url: new URL(address.href), text };
  const sent = await sendWrite(tools.account, write, conditions[progress.refused] ?? {});
  if (sent.kind !== 'unknown' && sent.kind !== 'unclear') return settle(tools, method, sent);
  if (sent.kind === 'unknown' && !sent.isPage) await tools.account.pause(progress.tried, sent.error);

  const after = await check(job, progress);
  return after ?? undone(tools, job, sent, progress, conditions.length);
}

/** The outcome of an attempt that wrote nothing although its condition was met; null where another one may help. */
async function undone(
  tools: WriterTools,
  job: Pick<Job<never>, 'method' | 'text'>,
  sent: Unknown | Extract<Verdict, { kind: 'unclear' }>,
  progress: Progress<unknown>,
  conditions: number,
): Promise<WriteOutcome | null> {
  if (sent.kind === 'unknown') {
    const isLast = sent.isPage || progress.tried >= TRIES - 1;
    return isLast ? exhausted(tools, job, sent) : null;
  }
  const isLast = ++progress.refused >= conditions;
  return isLast ? settle(tools, job.method, { kind: 'rejected', reason: sent.reason }) : null;
}

/** Checks the resource: done already, or changed; null where the write may go on. */
async function check<State extends { readonly etag: string | null }>(
  job: Job<State>,
  progress: Progress<State>,
): Promise<WriteOutcome | null> {
  const now = await job.check();
  progress.now = now;
  if (job.isDone(now)) {
    const etag = job.method === 'PUT' && now !== null && isStrongTag(now.etag) ? now.etag : null;
    return { kind: 'done', etag, ...(job.method === 'DELETE' && { wasGone: true }) };
  }
  const objection = job.guard.objection(now);
  return objection === null ? null : conflict(`${job.address.name} ${objection}.`);
}

/** Before an object counts as rejected: does the calendar still exist? Throws caldav_not_found when it doesn't. */
async function settle(
  { account, url }: WriterTools,
  method: Job<never>['method'],
  outcome: WriteOutcome,
): Promise<WriteOutcome> {
  if (outcome.kind === 'rejected') await readCalendar(account, url);
  // A tag in the answer to a DELETE means nothing.
  return outcome.kind === 'done' && method === 'DELETE' ? { ...outcome, etag: null } : outcome;
}

/** After the last try: without an answer it throws; a server that answers but fails on this object each time has rejected it. */
async function exhausted(
  tools: WriterTools,
  { method, text = '' }: Pick<Job<never>, 'method' | 'text'>,
  { error, status }: Unknown,
): Promise<WriteOutcome> {
  if (status !== 500) throw error;
  // Cyrus says 500 where its quota is used up.
  if (await isFull(tools, Buffer.byteLength(text))) return QUOTA;
  return settle(tools, method, { kind: 'rejected', reason: 'The server fails on it each time (status 500).' });
}

/** RFC 4331 section 3. Cyrus reports a negative number once more is stored than allowed. */
async function isFull({ account, url }: WriterTools, bytes: number): Promise<boolean> {
  const property = dav('quota-available-bytes');
  const { responses } = await propfind(account, url, 0, [property]);
  const left = responses.flatMap(({ props }) => props.get(property)?.text.trim() ?? [])[0] ?? '';
  return /^-?\d{1,18}$/.test(left) && Number(left) < bytes * 2;
}

const NO_TAG = 'has no strong entity tag, without which an edit could be overwritten.';

function guardOf({ etag }: ListedResource, isAsRead: IsAsRead | undefined): Guard<StoredResource> | null {
  if (isStrongTag(etag)) return asListed(etag);
  return isAsRead === undefined ? null : asRead(isAsRead);
}
