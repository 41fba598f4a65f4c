import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Sheet } from '../../../src/timesheet/timesheet.ts';
import { aCalendar, aTimesheet, NOVEMBER, projectId } from '../fixture.ts';

/** A recorded month of a made-up team, compared with hours that were worked out from the calendars without the program. */

const fileAt = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** The lines of one part of the expectations, as words. */
function expectedLines(part: number): string[] {
  return (fileAt('expected.txt').split('\n\n')[part] ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/).join(' '))
    .filter((line) => line !== '')
    .sort();
}

async function november(): Promise<{ readonly sheet: Sheet; readonly fixture: ReturnType<typeof aTimesheet> }> {
  const calendar = (name: string, timezone: string, memberId: string, settings = {}): ReturnType<typeof aCalendar> =>
    aCalendar(fileAt(`${name}.ics`), {
      id: `cal-${name}`,
      name,
      timezone,
      settings: { memberId, address: `${memberId}@example.com`, ...settings },
    });
  const fixture = aTimesheet(
    calendar('ben', 'America/New_York', 'ben', { projectId: projectId(2), private: 'show' }),
    calendar('anna-team', 'Europe/Berlin', 'anna'),
    calendar('anna', 'Europe/Berlin', 'anna'),
    calendar('chiyo', 'Asia/Tokyo', 'chiyo'),
  );
  fixture.plane.members = [...fixture.plane.members, { id: 'chiyo', displayName: 'Chiyo' }];
  await fixture.timesheet.addRule({ when: { category: 'standup' }, item: 'WEB-1', viewer: null });
  return { sheet: await fixture.timesheet.read({ ...NOVEMBER, round: 'up', roundMinutes: 15 }), fixture };
}

test('each event of a month counts as it was worked out, or is ignored for its reason', async () => {
  const { sheet } = await november();
  const entries = sheet.entries.map(({ day, member, minutes, project, item, matchedBy, uid }) =>
    [day, member.name, minutes, project?.identifier ?? '-', item?.key ?? '-', matchedBy ?? '-', uid].join(' '),
  );
  expect(entries.sort()).toEqual(expectedLines(0));
  const ignored = sheet.ignored.map(({ day, member, kind, uid }) => [day, member.name, kind, uid].join(' '));
  expect(ignored.sort()).toEqual(expectedLines(1));
});

test('the totals of a month are as they were worked out', async () => {
  const { sheet } = await november();
  const totals = new Map<string, { minutes: number; rounded: number }>();
  for (const { member, project, minutes, roundedMinutes } of sheet.totals) {
    const key = `${member.name} ${project?.identifier ?? '-'}`;
    const before = totals.get(key) ?? { minutes: 0, rounded: 0 };
    totals.set(key, { minutes: before.minutes + minutes, rounded: before.rounded + roundedMinutes });
  }
  const lines = [...totals].map(([key, { minutes, rounded }]) => `${key} ${minutes} ${rounded}`);
  expect(lines.sort()).toEqual(expectedLines(2));
});

test('two entries of the month overlap, and nothing private is said', async () => {
  const { sheet } = await november();
  const overlapping = sheet.entries.filter(({ overlaps }) => overlaps).map(({ uid }) => uid);
  expect(overlapping).toEqual(['overlap-1@google.com', 'overlap-2@google.com']);
  expect(JSON.stringify(sheet)).not.toMatch(/Doctor|Interview/);
});

test('an export of the month has all that is matched, and the next one nothing', async () => {
  const { fixture } = await november();
  const first = await fixture.timesheet.createExport({ ...NOVEMBER, round: 'up', roundMinutes: 15 });
  expect(first).toMatchObject({ entries: 25, minutes: 540 + 255 + 90 + 345 + 75 + 60 + 60, unmatched: 8 });
  expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 0, changed: 0, gone: 0 });
});
