import { AppError } from '../domain/errors.ts';
import type { Collection, IsAsRead, ListedResource, WriteOutcome, StoredResource } from '../domain/collection.ts';
import { isStrongTag } from '../lib/entity-tag.ts';
import type { Account } from './transport/account.ts';
import { readCalendar } from './calendar.ts';
import { dav } from './xml/names.ts';
import { isWebPage, propfind, statusError } from './xml/propfind.ts';
import { asListed, asRead, nothing, type Guard } from './guard.ts';
import type { Address, Reader } from './reading.ts';
import type { DavAnswer } from './transport/request.ts';
import { checkName } from './xml/resource.ts';
import { isPassing, TRIES } from './transport/retry.ts';
import { verdictOf, type Verdict } from './verdict.ts';

/** What a writer works with. */
export interface WriterTools {
  readonly account: Account;
  readonly url: URL;
  readonly reader: Reader;
  /** Whether the server heeds If-Match on DELETE. */
  readonly checksConditions: () => boolean;
}

/** Nobody knows whether the request was carried out. */
interface Unknown {
  readonly kind: 'unknown';
  /** What to throw when that stays so. */
  readonly error: AppError;
  readonly answer: DavAnswer | undefined;
  readonly isPage: boolean;
}

/** A write with all that decides about it. `Seen` is what a look at the resource brings. */
interface Job<Seen> {
  readonly method: 'PUT' | 'DELETE';
  readonly address: Address;
  readonly text?: string;
  readonly guard: Guard<Seen>;
  /** Whether the resource is looked at before each request, not only when the answer leaves it open. */
  readonly looksFirst: () => boolean;
  look(): Promise<Seen | null>;
  /** Whether what is there, or that nothing is there, is what was to be achieved. */
  isDone(now: Seen | null): boolean;
}

const DONE: WriteOutcome = { kind: 'done', etag: null };
const QUOTA: WriteOutcome = { kind: 'full', reason: 'The quota is used up.' };
const conflict = (reason: string): WriteOutcome => ({ kind: 'conflict', reason });

/**
 * The writes of a collection. A write whose answer was lost is neither done nor undone, and a 412 has four meanings
 * (precondition, invalid data, too large, gone): each looks before it decides.
 */
export function createWriter({
  account,
  url,
  reader,
  checksConditions,
}: WriterTools): Pick<Required<Collection>, 'put' | 'replace' | 'remove'> {
  /** Sends it once, and says what the answer means as far as it tells. */
  async function send(
    { method, address: { href }, text }: Job<unknown>,
    condition: Record<string, string>,
  ): Promise<Verdict | Unknown> {
    const headers = { ...(text !== undefined && { 'content-type': 'text/calendar; charset=utf-8' }), ...condition };
    let answer: DavAnswer;
    try {
      answer = await account.write({ method, url: new URL(href), headers, ...(text !== undefined && { body: text }) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'caldav_unavailable') throw error;
      return { kind: 'unknown', error, answer: undefined, isPage: false };
    }
    if (method === 'DELETE' && [404, 410].includes(answer.status)) return DONE;
    // A login page, in front of the server: it says 200 to everything.
    const isPage = answer.status === 200 && answer.text !== '' && isWebPage(answer);
    // Cyrus answers so where others say 507.
    if (answer.status === 500 && /\bquota\b/i.test(answer.text)) return QUOTA;
    if (!isPage && !isPassing(answer.status)) return verdictOf(answer);
    return { kind: 'unknown', error: statusError(answer, account), answer, isPage };
  }

  /** Before an object is called rejected: is the calendar itself still there? Throws caldav_not_found when it isn't. */
  async function settle(outcome: WriteOutcome): Promise<WriteOutcome> {
    if (outcome.kind === 'rejected') await readCalendar(account, url);
    return outcome;
  }

  async function carryOut<Seen extends { readonly etag: string | null }>(job: Job<Seen>): Promise<WriteOutcome> {
    const { method, guard, address } = job;
    let now: Seen | null = null;
    /** How many conditions the server turned down although they were met. */
    let turnedDown = 0;
    const done = (): WriteOutcome => ({
      kind: 'done',
      etag: method === 'PUT' && now !== null && isStrongTag(now.etag) ? now.etag : null,
    });
    const look = async (): Promise<WriteOutcome | null> => {
      now = await job.look();
      if (job.isDone(now)) return done();
      const objection = guard.objection(now);
      return objection === null ? null : conflict(`${address.name} ${objection}.`);
    };
    for (let tried = 0; ; tried++) {
      const before = job.looksFirst() ? await look() : null;
      if (before !== null) return before;
      const conditions = guard.conditions(now);
      const sent = await send(job, conditions[turnedDown] ?? {});
      if (sent.kind === 'done') return method === 'DELETE' ? DONE : { kind: 'done', etag: sent.etag };
      if (sent.kind !== 'unknown' && sent.kind !== 'look') return settle(sent);
      if (sent.kind === 'unknown' && !sent.isPage) await account.pause(tried, sent.error);

      const after = await look();
      if (after !== null) return after;
      // The condition held, and still nothing was written.
      if (sent.kind === 'look' && ++turnedDown >= conditions.length)
        return settle({ kind: 'rejected', reason: sent.reason });
      if (sent.kind === 'unknown' && (sent.isPage || tried >= TRIES - 1)) return exhausted(sent, job.text ?? '');
    }
  }

  /** After the last try: no answer at all throws; a server that answers but fails on this object each time has rejected it. */
  async function exhausted({ error, answer }: Unknown, text: string): Promise<WriteOutcome> {
    if (answer?.status !== 500) throw error;
    // Cyrus says 500 where its quota is used up.
    if (await isFull(Buffer.byteLength(text))) return QUOTA;
    return settle({ kind: 'rejected', reason: 'The server fails on it each time (status 500).' });
  }

  /** RFC 4331 section 3. Cyrus counts below zero once more is stored than allowed. */
  async function isFull(bytes: number): Promise<boolean> {
    const property = dav('quota-available-bytes');
    const { responses } = await propfind(account, url, 0, [property]);
    const left = responses.flatMap(({ props }) => props.get(property)?.text.trim() ?? [])[0] ?? '';
    return /^-?\d{1,18}$/.test(left) && Number(left) < bytes * 2;
  }

  const overwrite = (
    address: Address,
    text: string,
    guard: Guard<StoredResource>,
    isOurs: (text: string) => boolean,
  ): Promise<WriteOutcome> =>
    carryOut({
      method: 'PUT',
      address,
      text,
      guard,
      looksFirst: () => guard.needsText,
      look: () => reader.readOne(address),
      isDone: (now) => now !== null && isOurs(now.text),
    });

  return {
    put: async (name, text, condition, isOurs) => {
      checkName(name);
      const address = { name, href: new URL(name, url).href };
      if ('ifNoneMatch' in condition) return overwrite(address, text, nothing, isOurs);
      if ('ifRead' in condition) return overwrite(address, text, asRead(condition.ifRead), isOurs);
      if (!isStrongTag(condition.ifMatch)) throw new AppError('invalid', `${name} has no condition to write it by.`);
      return overwrite(address, text, asListed(condition.ifMatch), isOurs);
    },
    replace: async (listed, text, isOurs, isAsRead) => {
      const guard = guardOf(listed, isAsRead);
      return guard === null ? conflict(`${listed.name} ${NO_TAG}`) : overwrite(listed, text, guard, isOurs);
    },
    remove: async (listed, isAsRead) => {
      const guard = guardOf(listed, isAsRead);
      if (guard === null) return conflict(`${listed.name} ${NO_TAG}`);
      const job = { method: 'DELETE', address: listed, isDone: (now: unknown) => now === null } as const;
      if (guard.needsText)
        return carryOut({ ...job, guard, looksFirst: () => true, look: () => reader.readOne(listed) });
      const { conditions, objection } = asListed(listed.etag ?? '');
      return carryOut({
        ...job,
        guard: { conditions, objection, needsText: false },
        looksFirst: () => !checksConditions(),
        look: () => reader.tag(listed),
      });
    },
  };
}

const NO_TAG = 'has no strong entity tag, without which an edit could be overwritten.';

function guardOf({ etag }: ListedResource, isAsRead: IsAsRead | undefined): Guard<StoredResource> | null {
  if (isStrongTag(etag)) return asListed(etag);
  return isAsRead === undefined ? null : asRead(isAsRead);
}
