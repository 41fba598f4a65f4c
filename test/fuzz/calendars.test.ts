import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../src/domain/errors.ts';
import type { CalendarFile, ForeignGroup } from '../../src/icalendar/foreign/types.ts';
import { createZoneClock } from '../../src/icalendar/foreign/zone-clock.ts';
import { writeGroup } from '../../src/icalendar/foreign/write.ts';
import { components, ZONES } from '../icalendar/foreign/calendars.ts';
import { calendar, read } from '../icalendar/foreign/read.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';

const textOf = (group: ForeignGroup | undefined): string | undefined => group && writeGroup(group);

/** What happens to the bytes of a calendar on their way. */

interface Damage {
  readonly kind: 'replace' | 'insert' | 'remove' | 'repeat';
  readonly place: number;
  readonly bytes: Uint8Array;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'remove', 'repeat'),
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 6 }),
    fc
      .constantFrom(
        '\r\n',
        '\n ',
        '\0',
        '"',
        ':',
        ';',
        ',',
        '=',
        'BEGIN:VEVENT\r\n',
        'END:VEVENT\r\n',
        'END:VCALENDAR\r\n',
        ';TZID=',
      )
      .map((all) => Buffer.from(all)),
  ),
});

/** The bytes with one place changed, of which `from` to `to` are others than before. */
function damaged(bytes: Buffer, { kind, place, bytes: other }: Damage, from: number, to: number): Buffer {
  const at = from + Math.floor(place * (to - from));
  const end = Math.min(to, at + other.length);
  const [before, middle, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  if (kind === 'replace') return Buffer.concat([before, other.subarray(0, middle.length), after]);
  if (kind === 'insert') return Buffer.concat([before, other, middle, after]);
  if (kind === 'remove') return Buffer.concat([before, after]);
  return Buffer.concat([before, middle, middle, after]);
}

test(
  'one damaged component costs no other, and what is written can be read',
  () => {
    const inputs = fc.tuple(components, fc.nat(4), fc.array(damage, { minLength: 1, maxLength: 3 }));
    const property = fc.property(inputs, ([blocks, which, damages]) => {
      const text = calendar(...Object.values(ZONES), ...blocks);
      const whole = read(text);
      const bad = which % blocks.length;
      const block = blocks[bad] ?? '';
      const start = Buffer.byteLength(text.slice(0, text.indexOf(block)));
      let end = start + Buffer.byteLength(block);
      let bytes: Buffer = Buffer.from(text);
      for (const one of damages) {
        const length = bytes.length;
        bytes = damaged(bytes, one, start, end);
        end += bytes.length - length;
      }
      const file = read(bytes);
      for (const [index, group] of [...whole.groups.values()].entries())
        if (index !== bad) expect(textOf(file.groups.get(group.uid))).toBe(textOf(group));
      for (const group of file.groups.values()) {
        const again = read(calendar(writeGroup(group).trimEnd()));
        expect([...again.groups.values()].map(textOf)).toEqual([textOf(group)]);
        for (const tzid of group.tzids) expect(file.zones.has(tzid)).toBe(true);
      }
    });
    fc.assert(property, runs(75));
  },
  PATIENCE_MS,
);

/** The calendar in these bytes; null for an error that is expected. */
function readable(bytes: Buffer): CalendarFile | null {
  try {
    return read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return null;
  }
}

test(
  'bytes of any kind are a calendar or an error that an operator can act on',
  () => {
    const inputs = fc.tuple(components, fc.array(damage, { minLength: 1, maxLength: 12 }));
    const property = fc.property(inputs, ([blocks, damages]) => {
      let bytes: Buffer = Buffer.from(calendar(...Object.values(ZONES), ...blocks));
      for (const one of damages) bytes = damaged(bytes, one, 0, bytes.length);
      const file = readable(bytes);
      if (file === null) return;
      expect([...file.unreadable].filter((uid) => file.groups.has(uid))).toEqual([]);
      for (const zone of file.zones.values()) {
        const { toInstant, toWall } = createZoneClock(zone);
        expect(Number.isFinite(toInstant(toWall(Date.UTC(2026, 0, 1))))).toBe(true);
      }
    });
    fc.assert(property, runs(50));
  },
  PATIENCE_MS,
);
