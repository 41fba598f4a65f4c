import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchLines, createLog, isoTime } from '../../src/lib/log.ts';

function aGathering() {
  const written: string[] = [];
  const waiting: { ms: number; pass: () => void }[] = [];
  const delay = (ms: number) => new Promise<void>((pass) => waiting.push({ ms, pass }));
  const gathered = batchLines((lines) => written.push(lines), delay);
  const pass = async (): Promise<void> => {
    for (const one of waiting.splice(0)) one.pass();
    await Promise.resolve();
  };
  return { ...gathered, written, waiting, pass };
}

test('lines wait a tenth of a second for others and are written together, in their order', async () => {
  const { write, written, waiting, pass } = aGathering();
  for (const line of ['a\n', 'b\n']) write(line);
  expect([written, waiting.map(({ ms }) => ms)]).toEqual([[], [100]]);
  await pass();
  expect(written).toEqual(['a\nb\n']);
  write('c\n');
  await pass();
  expect(written).toEqual(['a\nb\n', 'c\n']);
});

test('many are written before, and at the end what waits; none twice', async () => {
  const { write, flush, written, pass } = aGathering();
  const lines = Array.from({ length: 1_000 }, (_, at) => `line ${at} of which each is some forty characters\n`);
  for (const line of lines) write(line);
  expect(Math.max(...written.map(({ length }) => length))).toBeLessThan(17_000);
  expect(written.length).toBeGreaterThan(1);
  flush();
  await pass();
  flush();
  expect(written.join('')).toBe(lines.join(''));
});

test('the time of a line is that of the clock, to the millisecond', () => {
  let at = 0;
  const time = isoTime(() => at);
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      fc.nat(1_500),
      (date, later) => {
        for (at of [date.getTime(), date.getTime() + later])
          expect(time()).toBe(`,"time":"${new Date(at).toISOString()}"`);
      },
    ),
  );
});

test('for people, an event is one line of text; for programs, one of JSON', () => {
  const lines: string[] = [];
  const output = { write: (line: string) => lines.push(line) };
  createLog('info', output, 'pretty').warn({ link: 'abc', token: 'sesame' }, 'calendar could not be made');
  createLog('info', output).warn({ link: 'abc', token: 'sesame' }, 'calendar could not be made');
  const [forPeople = '', forPrograms = ''] = lines.map((line) => stripVTControlCharacters(line));
  expect(forPeople).toMatch(
    /^\[\d\d:\d\d:\d\d\] WARN: calendar could not be made \{"link":"abc","token":"\[Redacted\]"\}\n$/,
  );
  expect(JSON.parse(forPrograms)).toMatchObject({
    link: 'abc',
    token: '[Redacted]',
    msg: 'calendar could not be made',
  });
});
