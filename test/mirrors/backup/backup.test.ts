import { expect, test } from '@jest/globals';
import { decodeBackup, makeBackup, sha256Of, type Backup } from '../../../src/mirrors/backup/backup.ts';
import { isSameContent, restoreBackup } from '../../../src/mirrors/backup/restore.ts';
import { NOON } from '../../support/make.ts';
import { aBench, anItem, items, nameOf, type Bench } from '../support/fixture.ts';
import { aCalendar, REWRITES } from '../support/calendar.ts';

/** Events of other apps: with zones, repetitions, an exception, inline data and unknown properties. */
const FOREIGN: Readonly<Record<string, string>> = {
  '8A7B0C5E-11.ics': [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Apple Inc.//Mac OS X 10.15//EN',
    'X-WR-CALNAME:Private, really\\; yes',
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Berlin',
    'BEGIN:DAYLIGHT',
    'DTSTART:19810329T020000',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0200',
    'TZNAME:CEST',
    'END:DAYLIGHT',
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
    'UID:8A7B0C5E-11@example.com',
    'DTSTAMP:20260101T000000Z',
    'DTSTART;TZID=Europe/Berlin:20260105T093000',
    'DURATION:PT45M',
    'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20',
    'EXDATE;TZID=Europe/Berlin:20260112T093000',
    'SUMMARY:Stand-up',
    'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE="Office, 2nd floor":geo:52.5,13.4',
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'TRIGGER:-PT15M',
    'END:VALARM',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:8A7B0C5E-11@example.com',
    'RECURRENCE-ID;TZID=Europe/Berlin:20260107T093000',
    'DTSTAMP:20260101T000000Z',
    'DTSTART;TZID=Europe/Berlin:20260107T103000',
    'DURATION:PT45M',
    'SUMMARY:Stand-up\\, later',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n'),
  'ada@example.com.ics': [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'BEGIN:VTODO',
    'UID:milk',
    'DTSTAMP:20260101T000000Z',
    'SUMMARY:Buy milk 🥛',
    'ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD',
    'END:VTODO',
    'END:VCALENDAR',
    '',
  ].join('\r\n'),
  'not-a-calendar.ics': 'hello\r\n',
};

async function aFilled(rewrite?: (text: string) => string): Promise<Bench> {
  const bench = aBench({ collection: aCalendar(rewrite ? { rewrite } : {}) });
  for (const [name, text] of Object.entries(FOREIGN)) bench.calendar.set(name, text);
  bench.world.items = items(12);
  bench.world.options = { as: 'todo' };
  await bench.run();
  return bench;
}

/** Contents by their digest: names of foreign objects may change. */
function contents({ calendar }: Bench): string[] {
  return [...calendar.texts().values()].sort();
}

test.each(Object.entries({ verbatim: (text: string) => text, ...REWRITES }))(
  'backup, purge, restore: nothing is lost, as %s stores it',
  async (_, rewrite) => {
    const bench = await aFilled(rewrite);
    const before = contents(bench);
    const backup = await bench.backup();
    expect(await bench.purge()).toEqual({ deleted: 12, failed: [], left: [] });
    expect([...bench.calendar.texts().keys()].sort()).toEqual(Object.keys(FOREIGN).sort());
    expect(await bench.restore(backup)).toEqual({ created: 12, replaced: 0, unchanged: 3, skipped: [] });
    expect(contents(bench).every((text, at) => isSameContent(text, before[at]!))).toBe(true);
    const writes = bench.calendar.writes();
    for (const replace of [false, true])
      expect(await bench.restore(backup, { replace })).toMatchObject({
        created: 0,
        replaced: 0,
        unchanged: 15,
        skipped: [],
      });
    expect(bench.calendar.writes()).toBe(writes);
    expect((await bench.run()).counts).toMatchObject({ created: 0, updated: 0, unchanged: 12 });
  },
);

test('into an empty calendar all comes back, whatever it was called, and the second time nothing is written', async () => {
  const bench = await aFilled();
  const backup = await bench.backup();
  const other = aCalendar();
  expect(await restoreBackup({ collection: other, backup })).toEqual({
    created: 15,
    replaced: 0,
    unchanged: 0,
    skipped: [],
  });
  expect([...other.texts().values()].sort()).toEqual(contents(bench));
  expect(await restoreBackup({ collection: other, backup, replace: true })).toMatchObject({ unchanged: 15 });
  expect(other.writes()).toBe(15);
});

test('the manifest lists each resource and where it was', async () => {
  const bench = await aFilled();
  const { manifest, files } = await bench.backup();
  expect(manifest).toMatchObject({ version: 1, madeAt: NOON, url: bench.calendar.url, displayName: 'Work' });
  expect(manifest.resources).toHaveLength(15);
  expect(manifest.resources[0]).toEqual({
    name: '8A7B0C5E-11.ics',
    href: `${bench.calendar.url}8A7B0C5E-11.ics`,
    etag: '"1"',
    uid: '8A7B0C5E-11@example.com',
    sha256: sha256Of(FOREIGN['8A7B0C5E-11.ics']!),
  });
  expect([...files.keys()]).toContain(`${sha256Of(FOREIGN['8A7B0C5E-11.ics']!)}.ics`);
});

test('what was changed is put back only when asked for, under its own name, and nothing is deleted', async () => {
  const bench = await aFilled();
  const backup = await bench.backup();
  const before = bench.calendar.texts();
  bench.calendar.edit('8A7B0C5E-11.ics', (text) => text.replace('Stand-up', 'Sit-down'));
  bench.calendar.edit(nameOf(1), (text) => text.replace('Item 1', 'Edited'));
  bench.calendar.set('new.ics', FOREIGN['ada@example.com.ics']!.replace('milk', 'bread'));
  expect(await bench.restore(backup)).toMatchObject({ created: 0, replaced: 0, unchanged: 15 });
  expect(await bench.restore(backup, { replace: true })).toMatchObject({ replaced: 2, unchanged: 13, skipped: [] });
  for (const [name, text] of before) expect(bench.calendar.texts().get(name)).toBe(text);
  expect(bench.calendar.texts().has('new.ics')).toBe(true);
});

test('an event is found by its UID, whatever its resource is called by now, and what the server refuses is listed', async () => {
  const bench = await aFilled();
  const backup = await bench.backup();
  bench.calendar.drop('ada@example.com.ics');
  bench.calendar.set('moved.ics', FOREIGN['ada@example.com.ics']!);
  bench.calendar.drop(nameOf(1));
  bench.calendar.fault = ({ name }) => (name === nameOf(1) ? 'rejected' : null);
  expect(await bench.restore(backup)).toEqual({
    created: 0,
    replaced: 0,
    unchanged: 14,
    skipped: [{ name: nameOf(1), title: '[WEB-1] Item 1', reason: 'said rejected' }],
  });
  bench.calendar.edit('moved.ics', (text) => text.replace('Buy milk', 'Buy bread'));
  expect(await bench.restore(backup, { replace: true })).toMatchObject({ created: 0, replaced: 1 });
  expect(bench.calendar.texts().get('moved.ics')).toBe(FOREIGN['ada@example.com.ics']);
  expect(bench.calendar.texts().has('ada@example.com.ics')).toBe(false);
});

test('what the server fails to send is missing in a backup by name, and is not restored', async () => {
  const bench = await aFilled();
  bench.calendar.failing.add('not-a-calendar.ics');
  const { manifest, files } = await bench.backup();
  const [one] = manifest.unread ?? [];
  expect([manifest.resources.length, manifest.unread?.length, one?.name]).toEqual([14, 1, 'not-a-calendar.ics']);
  const { created, skipped } = await restoreBackup({ collection: aCalendar(), backup: { manifest, files } });
  const reason = `It is not in the backup: ${one?.reason}`;
  expect([created, skipped]).toEqual([14, [{ name: one?.name, title: one?.name, reason }]]);
  for (const unread of ['all', [{ name: 1 }]]) expect(() => decodeBackup({ ...manifest, unread }, files)).toThrow();
});

test('a calendar of which nothing can be read is not saved as an empty one', async () => {
  const calendar = aCalendar();
  calendar.set('a.ics', FOREIGN['ada@example.com.ics']!);
  calendar.failing.add('a.ics');
  await expect(makeBackup(calendar, () => NOON)).rejects.toThrow('a.ics');
});

test('what can not be read stops no restore, and is not overwritten or written twice', async () => {
  const from = aCalendar();
  for (const name of ['a', 'b']) from.set(`${name}.ics`, FOREIGN['ada@example.com.ics']!.replace('milk', name));
  const backup = await makeBackup(from, () => NOON);
  const to = aCalendar();
  for (const name of ['theirs.ics', 'a.ics']) to.set(name, FOREIGN['not-a-calendar.ics']!);
  for (const name of ['theirs.ics', 'a.ics']) to.failing.add(name);
  const { created, skipped } = await restoreBackup({ collection: to, backup, replace: true });
  expect([created, skipped.map(({ name, reason }) => [name, reason.slice(0, 15)])]).toEqual([
    1,
    [['a.ics', 'It may be there']],
  ]);
  expect([...to.texts().keys()].sort()).toEqual(['a.ics', 'b.ics', 'theirs.ics']);
});

test('an event under a name that another one has by now is restored under another name, and the other one stays', async () => {
  const event = (uid: string): string => FOREIGN['ada@example.com.ics']!.replace('milk', uid);
  const from = aCalendar();
  for (const name of ['1.ics', '2.ics']) from.set(name, event(`mine-${name}`));
  const backup = await makeBackup(from, () => NOON);
  const to = aCalendar();
  to.set('1.ics', event('theirs'));
  to.set('2.ics', event('mine-2.ics'));
  expect(await restoreBackup({ collection: to, backup, replace: true })).toMatchObject({ created: 1, unchanged: 1 });
  expect([...to.texts().values()]).toEqual(['theirs', 'mine-2.ics', 'mine-1.ics'].map(event));
  for (const replace of [false, true])
    expect(await restoreBackup({ collection: to, backup, replace })).toMatchObject({ unchanged: 2, skipped: [] });
});

test('a damaged backup is refused before anything is written', async () => {
  const bench = await aFilled();
  const { manifest, files } = await bench.backup();
  const [file] = [...files.keys()];
  const damaged: [unknown, Map<string, string>][] = [
    [manifest, new Map([...files].slice(1))],
    [manifest, new Map(files).set(file!, 'BEGIN:VCALENDAR')],
    [{ ...manifest, version: 2 }, new Map(files)],
    [{ ...manifest, resources: [{ name: 1 }] }, new Map(files)],
    [null, new Map(files)],
  ];
  const writes = bench.calendar.writes();
  for (const [wrong, texts] of damaged) {
    expect(() => decodeBackup(wrong, texts)).toThrow(expect.objectContaining({ code: 'invalid' }));
    await expect(bench.restore({ manifest: wrong, files: texts } as Backup)).rejects.toMatchObject({ code: 'invalid' });
  }
  expect(bench.calendar.writes()).toBe(writes);
  expect(decodeBackup(JSON.parse(JSON.stringify(manifest)), files).manifest).toEqual(manifest);
});

test('a long answer that lacks one resource does not make a backup without it', async () => {
  const bench = await aFilled();
  const collection = {
    ...bench.calendar,
    read: async (...given: Parameters<typeof bench.calendar.read>) =>
      new Map([...(await bench.calendar.read(...given))].slice(0, 5)),
  };
  expect((await makeBackup(collection, () => NOON)).manifest.resources).toHaveLength(15);
});

test('what is changed in bulk is kept for seven days as it was, and can be put back', async () => {
  const bench = await aFilled();
  const before = bench.calendar.texts();
  bench.world.items = items(3).map((one) => ({ ...one, name: 'New' }));
  await bench.run();
  const day = bench.clock.now;
  expect(await bench.backups.list()).toEqual([{ madeAt: day, objects: 12 }]);
  const kept = (await bench.backups.read(day))!;
  expect(await bench.restore(kept, { replace: true })).toMatchObject({ created: 9, replaced: 3 });
  expect(bench.calendar.texts()).toEqual(before);
  bench.world.items = [anItem(1, { name: 'Only one' }), ...items(11, 2)];
  bench.clock.now = day + 7 * 86_400_000;
  await bench.run();
  expect(await bench.backups.list()).toHaveLength(1);
  bench.clock.now++;
  await bench.run();
  expect(await bench.backups.list()).toEqual([]);
  expect(await bench.backups.read(day)).toBeNull();
  expect([...bench.store.records.keys()].filter((key) => key.startsWith('mirror-backup'))).toEqual([]);
});

test('a purge is not done while something that may be of the mirror can not be read', async () => {
  const bench = aBench({ collection: aCalendar({ renames: true }) });
  bench.world.items = items(3);
  await bench.run();
  const [name = ''] = bench.calendar.texts().keys();
  bench.calendar.failing.add(name);
  await expect(bench.purge()).rejects.toThrow(name);
  expect([...bench.calendar.texts().keys()]).toEqual([name]);
  bench.calendar.failing.clear();
  expect(await bench.purge()).toMatchObject({ deleted: 1 });
  expect(bench.calendar.texts().size).toBe(0);
});

test('a purge removes what was edited too, and goes on where it was stopped', async () => {
  const bench = await aFilled();
  bench.calendar.edit(nameOf(1), (text) => text.replace('Item 1', 'Edited'));
  bench.calendar.fault = ({ method, name }) => (method === 'remove' && name === nameOf(7) ? 'key' : null);
  await expect(bench.purge()).rejects.toMatchObject({ code: 'caldav_key' });
  expect((await bench.backups.list()).map(({ objects }) => objects)).toEqual([12]);
  bench.calendar.fault = () => null;
  await bench.purge();
  expect([...bench.calendar.texts().keys()].sort()).toEqual(Object.keys(FOREIGN).sort());
  expect([...bench.store.records.keys()].filter((key) => /^mirror-(?:held|refused|whole)/.test(key))).toEqual([]);
});
