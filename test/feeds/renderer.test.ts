import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { lint } from '../support/linter.ts';
import { aSnapshot, aWorkItem, uuid } from '../support/make.ts';
import { aFeed, aRenderer, partsOf } from '../support/render.ts';

const TODAY = '2026-03-02';
const many = aSnapshot({ items: Array.from({ length: 350 }, (_, number) => aWorkItem({ id: uuid(number), number })) });

test('a calendar that is too large for some apps says so, and what helps', async () => {
  const small = await aRenderer().render(partsOf(aFeed(), [many], TODAY, ['A note.']));
  expect(small.warning).toBeNull();
  const { warning, identity } = await aRenderer(undefined, undefined, { feedWarnBytes: 100_000 }).render(
    partsOf(aFeed(), [many], TODAY, ['A note.']),
  );
  expect(warning).toMatch(/^it has \d+ kB, and Google reads only about 100 kB; narrow it with fewer projects, done=/);
  expect(lint(identity)).toEqual([]);
  const text = identity.toString().replaceAll('\r\n ', '').replaceAll('\\', '');
  expect(text).toContain(`Read-only. A note. This calendar is too large for some apps: ${warning}.\r\n`);
});

test('compressed bytes are of the same calendar', async () => {
  const { gzip, identity } = await aRenderer(undefined, undefined, { compression: true }).render(
    partsOf(aFeed(), [many], TODAY),
  );
  expect(gunzipSync(gzip!)).toEqual(identity);
  expect((await aRenderer().render(partsOf(aFeed(), [many], TODAY))).gzip).toBeNull();
});

test.each(['event', 'todo'] as const)('a calendar that is over has one %s that says so', async (as) => {
  const feed = aFeed({ options: { as, alarm: ['-PT15H'] } });
  for (const [tombstone, summary] of [
    ['unpublished', 'This calendar is no longer published'],
    ['disabled', 'This calendar link was disabled'],
  ] as const) {
    const { identity, events } = await aRenderer().render({ ...partsOf(feed, [], '2026-02-28'), tombstone });
    const text = identity.toString();
    expect(lint(identity)).toEqual([]);
    expect(events).toBe(0);
    expect(text).toContain(`SUMMARY:${summary}\r\n`);
    expect(text).toContain(as === 'todo' ? 'DUE;VALUE=DATE:20260228\r\n' : 'DTSTART;VALUE=DATE:20260228\r\n');
    expect(text).toContain(as === 'todo' ? 'STATUS:NEEDS-ACTION' : 'STATUS:CONFIRMED');
    expect(text).not.toContain('VALARM');
  }
});

test('the note of an empty feed is on the day it was made, and is a completed to-do in a feed of to-dos', async () => {
  const madeAt = Date.UTC(2026, 4, 17, 23, 59);
  const text = async (fields: Parameters<typeof aFeed>[0]): Promise<string> => {
    const { identity } = await aRenderer().render(partsOf(aFeed(fields), [aSnapshot()], TODAY));
    expect(lint(identity)).toEqual([]);
    return identity.toString();
  };
  expect(await text({ madeAt, name: 'Kim' })).toMatch(
    /DTSTART;VALUE=DATE:20260517\r\n[^]*SUMMARY:Nothing planned in Kim\r/,
  );
  expect(await text({})).toContain('DTSTART;VALUE=DATE:20260105\r\n');
  const todo = await text({ madeAt, options: { as: 'todo' } });
  expect(todo).toMatch(/DUE;VALUE=DATE:20260517\r\n[^]*STATUS:COMPLETED\r\n/);
  const uid = (of: string): string | undefined => /UID:(.*)\r/.exec(of)?.[1];
  expect(uid(todo)).toBe(uid(await text({})));
  expect(uid(await text({ scope: { kind: 'all' } }))).not.toBe(uid(todo));
});
