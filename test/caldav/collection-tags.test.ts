import { describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { createScratch } from '../support/scratch.ts';
import { beside, createBench, listed, saying } from './collection-bench.ts';
import { multistatus, type Got } from './support.ts';

/** Writes on servers whose entity tags are bare, weak, malformed or missing. */

const bench = createBench(createScratch());
const isOurs = (text: string): boolean => text === saying('ours');
const isAsRead = (text: string): boolean => text === saying('old');
const urlOf = ({ url }: { readonly url: string }, etag: string | null) => ({
  name: 'Of a user.ics',
  href: `${url}Of%20a%20user.ics`,
  etag,
});

/** A server with one object, that compares If-Match with this tag letter by letter. */
function aServer(tag: string | null, text: string, knowsAny = true) {
  const state = { text: text as string | null, sent: [] as (string | undefined)[] };
  const answer = beside(({ method, headers, body }: Got, response: ServerResponse) => {
    const condition = headers['if-match'];
    if (method === 'PUT' || method === 'DELETE') state.sent.push(condition);
    const isMet =
      condition === undefined || (state.text !== null && (condition === tag || (condition === '*' && knowsAny)));
    if (state.text === null && method !== 'PUT') response.writeHead(404).end();
    else if (method === 'PROPFIND') multistatus(response, listed('Of%20a%20user.ics', tag ?? ''));
    else if (method === 'GET') response.writeHead(200, tag === null ? {} : { etag: tag }).end(state.text);
    else if (!isMet) response.writeHead(412).end();
    else {
      state.text = method === 'PUT' ? body : null;
      response.writeHead(204).end();
    }
  });
  return { state, answer };
}

describe('an object is overwritten and removed', () => {
  test.each<[string | null, boolean, (string | undefined)[]]>([
    ['"1"', true, ['"1"']],
    ['1', true, ['1']],
    ['a/b==', true, ['a/b==']],
    ['W/"1"', true, ['*']],
    ['W/"1"', false, ['*', undefined]],
    ['""', true, ['*']],
    [null, true, ['*']],
    [null, false, ['*', undefined]],
  ])('with the tag %s (knows "*": %p) under the condition %j', async (tag, knowsAny, sent) => {
    for (const method of ['replace', 'remove'] as const) {
      const { state, answer } = aServer(tag, saying('old'), knowsAny);
      const { calendar } = await bench(answer);
      const object = urlOf(calendar, tag);
      const outcome =
        method === 'remove'
          ? await calendar.remove(object, isAsRead)
          : await calendar.replace(object, saying('ours'), isOurs, isAsRead);
      expect(outcome).toEqual({ kind: 'done', etag: null });
      expect([state.text, state.sent]).toEqual([method === 'remove' ? null : saying('ours'), sent]);
    }
  });

  test('with quotes where only the listing leaves them out, and without where only the header has them', async () => {
    for (const [tag, as] of [
      ['"1"', '1'],
      ['1', '"1"'],
    ] as const) {
      const { state, answer } = aServer(tag, saying('old'));
      const { calendar } = await bench(answer);
      expect(await calendar.replace(urlOf(calendar, as), saying('ours'), isOurs)).toEqual({
        kind: 'done',
        etag: null,
      });
      expect([state.text, state.sent]).toEqual([saying('ours'), [as, tag]]);
    }
  });
});

describe('an edit is not overwritten or removed', () => {
  test.each([null, 'W/"1"', '""', '"1", "2"', '*'])('without a strong tag (%s)', async (tag) => {
    const { state, answer } = aServer(tag, saying('edited'));
    const { calendar } = await bench(answer);
    const object = urlOf(calendar, tag);
    expect((await calendar.replace(object, saying('ours'), isOurs, isAsRead)).kind).toBe('conflict');
    expect((await calendar.replace(object, saying('ours'), isOurs)).kind).toBe('conflict');
    expect((await calendar.remove(object, isAsRead)).kind).toBe('conflict');
    expect((await calendar.remove(object)).kind).toBe('conflict');
    expect([state.text, state.sent]).toEqual([saying('edited'), []]);
  });

  test('that happens between the check and the write, where a read has a strong tag', async () => {
    let reads = 0;
    const { calendar, methods } = await bench(
      beside(({ method, headers }, response) => {
        if (method === 'GET') response.writeHead(200, { etag: '"1"' }).end(saying(reads++ === 0 ? 'old' : 'edited'));
        else response.writeHead(headers['if-match'] === '"1"' ? 412 : 204).end();
      }),
    );
    const outcome = await calendar.put('a.ics', saying('ours'), { ifRead: isAsRead }, isOurs);
    expect([outcome.kind, methods()]).toEqual(['conflict', ['GET', 'PUT', 'GET']]);
  });
});

test('a write guarded by a weak tag is done already, or its resource no longer exists', async () => {
  const ours = await bench(aServer('W/"1"', saying('ours')).answer);
  expect((await ours.calendar.put('a.ics', saying('ours'), { ifRead: isAsRead }, isOurs)).kind).toBe('done');
  expect(ours.methods()).toEqual(['GET']);
  const removed = await bench(beside((_got, response) => response.writeHead(404).end()));
  expect((await removed.calendar.put('a.ics', saying('ours'), { ifRead: isAsRead }, isOurs)).kind).toBe('conflict');
  expect((await removed.calendar.remove(urlOf(removed.calendar, null), isAsRead)).kind).toBe('done');
});
