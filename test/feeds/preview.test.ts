import { expect, test } from '@jest/globals';
import type { ForeignComponent } from '../../src/domain/calendar.ts';
import { addDays } from '../../src/icalendar/date.ts';
import { viewHead } from '../../src/views/head.ts';
import { createPreview } from '../../src/feeds/preview.ts';
import { aContent, aFeed, aRenderer, componentsOf, partsOf } from '../support/render.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { PROJECT_ID } from '../support/make.ts';
import { aFakeSource, REFRESH_ERROR } from './fake-source.ts';
import { APP, WEB } from './fixture.ts';

const FEED = aFeed({ scope: { kind: 'all' } });

test('a preview shows what the calendar will contain', async () => {
  const fake = aFakeSource();
  fake.publish(WEB, APP);
  const { head, components, bytes } = await createPreview(fake.loader, () => fake.clock.now)(FEED);
  const today = '2026-11-20';
  expect(components).toEqual(
    [APP, WEB].flatMap((snapshot) =>
      componentsOf(snapshot, FEED, today).map((component) => [component, snapshot.project.identifier]),
    ),
  );
  expect(head).toEqual(viewHead([APP, WEB].map(aContent), FEED, []));
  const { identity } = await aRenderer(aMemoryStore(), () => fake.clock.now).render(partsOf(FEED, [APP, WEB], today));
  expect(bytes).toBe(
    identity
      .toString()
      .split(/(?=BEGIN:VEVENT)/)
      .slice(1)
      .join('').length - 'END:VCALENDAR\r\n'.length,
  );
});

test('a preview has the list of what is overdue, and their number', async () => {
  const fake = aFakeSource();
  fake.publish(WEB, APP);
  const preview = createPreview(fake.loader, () => fake.clock.now);
  const { components, overdue } = await preview({ ...FEED, options: { ...FEED.options, overdue: 'today' } });
  expect(overdue).toBe(4);
  expect(components.filter(([, project]) => project === '').map(([{ summary }]) => summary)).toEqual(['4 overdue']);
  expect((await preview(FEED)).overdue).toBe(0);
});

test('a preview of other calendars has what is nearest to today, and says that there is more', async () => {
  const fake = aFakeSource();
  const dayAt = (days: number): string => addDays('2026-11-20', days);
  const busy = (first: number): ForeignComponent => ({
    ...{ kind: 'foreign', uid: String(first), start: dayAt(first), summary: 'Meeting', text: '', zones: [] },
    *occurrences() {
      for (let at = first; at <= 366; at++) {
        const [start, end] = [`${dayAt(at)}T09:00:00Z`, `${dayAt(at)}T10:00:00Z`];
        yield { recurrenceId: null, start, end, allDay: false, summary: 'Meeting', component: 0 };
      }
    },
  });
  const once = (first: number, last: number): ForeignComponent => ({
    ...busy(first),
    *occurrences(from, to) {
      const [start, end] = [dayAt(first), dayAt(last + 1)];
      if (start <= to && end > from)
        yield { recurrenceId: null, start, end, allDay: true, summary: 'Rota', component: 0 };
    },
  });
  const shownOf = async (series: number, ...more: ForeignComponent[]) => {
    const days = Array.from({ length: series }, () => busy(-366));
    const components = [...days, ...more].map((one, at) => [String(at), one] as const);
    const project = { ...aContent(WEB), components: () => components };
    const load: typeof fake.loader.load = async (selection) => ({
      ...(await fake.loader.load(selection)),
      projects: [project],
    });
    const { occurrences, hasMore } = await createPreview({ ...fake.loader, load }, () => fake.clock.now)(FEED);
    const starts = occurrences.map(([{ start }]) => start.slice(0, 10));
    return [occurrences.length, starts[0], starts.at(-1), hasMore];
  };
  fake.publish(WEB);
  expect(await shownOf(1)).toEqual([733, dayAt(-366), dayAt(366), false]);
  expect(await shownOf(10)).toEqual([3_000, dayAt(-90), dayAt(209), true]);
  // What began long ago and goes on takes no other's place but one.
  expect(await shownOf(20, once(-300, 30))).toEqual([3_000, dayAt(-300), dayAt(104), true]);
  // What ended yesterday is nearer than what began and ended before.
  expect(await shownOf(20, once(-300, -1))).toEqual([3_000, dayAt(-300), dayAt(104), true]);
  expect(await shownOf(0, once(-730, -730))).toEqual([0, undefined, undefined, true]);
  expect(await shownOf(0, once(-300, 30))).toEqual([1, dayAt(-300), dayAt(-300), false]);
});

test('a preview is not ready while the projects can’t be read', async () => {
  const fake = aFakeSource();
  const preview = createPreview(fake.loader, () => fake.clock.now);
  const waiting = expect(preview(aFeed())).rejects.toMatchObject({
    code: 'not_ready',
    message: `The projects could not be read yet. ${REFRESH_ERROR.message}`,
  });
  await fake.answer({ failed: PROJECT_ID });
  await waiting;
});

test('a preview for a member does not say why it is not ready', async () => {
  const fake = aFakeSource();
  const audience = { memberId: 'kim', projectIds: [PROJECT_ID], guestProjectIds: [], since: 0 };
  const preview = createPreview(fake.loader, () => fake.clock.now)(aFeed({ audience }));
  const waiting = expect(preview).rejects.toThrow(/^The projects could not be read yet\.$/);
  await fake.answer({ failed: PROJECT_ID });
  await waiting;
});
