import { AppError } from '../errors.ts';
import type { Collection, Condition, Listed, Outcome } from '../mirror/collection.ts';
import type { Account } from './account.ts';
import { readCalendar } from './calendar.ts';
import { dav } from './names.ts';
import { isWebPage, propfind, statusError } from './propfind.ts';
import type { Address, Reader } from './reading.ts';
import type { DavAnswer } from './request.ts';
import { checkName, isStrongEtag } from './resource.ts';
import { isPassing, TRIES } from './retry.ts';
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

const DONE: Outcome = { kind: 'done', etag: null };
const conflict = (reason: string): Outcome => ({ kind: 'conflict', reason });

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
    method: 'PUT' | 'DELETE',
    target: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Verdict | Unknown> {
    let answer: DavAnswer;
    try {
      answer = await account.write({ method, url: new URL(target), headers, ...(body !== undefined && { body }) });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'caldav_unavailable') throw error;
      return { kind: 'unknown', error, answer: undefined, isPage: false };
    }
    if (method === 'DELETE' && [404, 410].includes(answer.status)) return DONE;
    // A login page, in front of the server: it says 200 to everything.
    const isPage = answer.status === 200 && answer.text !== '' && isWebPage(answer);
    if (!isPage && !isPassing(answer.status)) return verdictOf(answer);
    return { kind: 'unknown', error: statusError(answer, account), answer, isPage };
  }

  /** Before an object is called rejected: is the calendar itself still there? Throws caldav_gone when it isn't. */
  async function settle(outcome: Outcome): Promise<Outcome> {
    if (outcome.kind === 'rejected') await readCalendar(account, url);
    return outcome;
  }

  async function write(
    address: Address,
    text: string,
    condition: Condition,
    isOurs: (text: string) => boolean,
  ): Promise<Outcome> {
    const { name } = address;
    const match = 'ifMatch' in condition ? condition.ifMatch : null;
    if (match !== null && !isStrongEtag(match))
      throw new AppError('invalid', `${name} has no condition to write it by.`);
    const headers = {
      'content-type': 'text/calendar; charset=utf-8',
      ...(match === null ? { 'if-none-match': '*' } : { 'if-match': match }),
    };
    for (let tried = 0; ; tried++) {
      const sent = await send('PUT', address.href, headers, text);
      if (sent.kind === 'done') return { kind: 'done', etag: sent.etag };
      if (sent.kind !== 'unknown' && sent.kind !== 'look') return settle(sent);
      if (sent.kind === 'unknown' && !sent.isPage) await account.pause(tried, sent.answer);

      const now = await reader.look(address);
      if (now !== null && isOurs(now.text)) return { kind: 'done', etag: now.etag };
      if (now === null && match !== null) return conflict(`${name} has gone.`);
      if (now !== null && (match === null || now.etag !== match)) return conflict(`${name} is not as it was.`);
      // The condition held, and still nothing was written.
      if (sent.kind === 'look') return settle({ kind: 'rejected', reason: sent.reason });
      if (sent.isPage || tried === TRIES - 1) return exhausted(sent, text);
    }
  }

  /** After the last try: no answer at all throws; a server that answers but fails on this object each time has rejected it. */
  async function exhausted({ error, answer }: Unknown, text: string): Promise<Outcome> {
    if (answer?.status !== 500) throw error;
    // Cyrus says 500 where its quota is used up.
    if (await isFull(Buffer.byteLength(text))) return { kind: 'full', reason: 'The quota is used up.' };
    return settle({ kind: 'rejected', reason: 'The server fails on it each time (status 500).' });
  }

  /** RFC 4331 section 3. */
  async function isFull(bytes: number): Promise<boolean> {
    const property = dav('quota-available-bytes');
    const { responses } = await propfind(account, url, 0, [property]);
    const left = responses.flatMap(({ props }) => props.get(property)?.text.trim() ?? [])[0] ?? '';
    return /^\d{1,18}$/.test(left) && Number(left) < bytes * 2;
  }

  async function remove(listed: Listed): Promise<Outcome> {
    checkName(listed.name);
    const { name, etag } = listed;
    if (etag === null || !isStrongEtag(etag)) return conflict(`${name} has no entity tag to remove it by.`);
    for (let tried = 0; ; tried++) {
      if (!checksConditions()) {
        const now = await reader.tag(listed);
        if (now === null) return DONE;
        if (now.etag !== etag) return conflict(`${name} is not as it was.`);
      }
      const sent = await send('DELETE', listed.href, { 'if-match': etag });
      if (sent.kind === 'done') return DONE;
      if (sent.kind !== 'unknown' && sent.kind !== 'look') return settle(sent);
      if (sent.kind === 'unknown' && !sent.isPage) await account.pause(tried, sent.answer);

      const now = await reader.tag(listed);
      if (now === null) return DONE;
      if (now.etag !== etag) return conflict(`${name} is not as it was.`);
      if (sent.kind === 'look') return settle({ kind: 'rejected', reason: sent.reason });
      if (sent.isPage || tried === TRIES - 1) return exhausted(sent, '');
    }
  }

  return {
    put: async (name, text, condition, isOurs) => {
      checkName(name);
      return write({ name, href: new URL(name, url).href }, text, condition, isOurs);
    },
    replace: async ({ name, href, etag }, text, isOurs) => {
      if (etag === null) return conflict(`${name} has no entity tag to overwrite it by.`);
      return write({ name, href }, text, { ifMatch: etag }, isOurs);
    },
    remove,
  };
}
