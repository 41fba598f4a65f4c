import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchLines, createLog, isoTime } from '../../src/lib/log.ts';

function aGathering() {
  const written: string[] = [];
  const waiting: { ms: number; pass: () => void }[] = [];
  const delay = (ms: number) => new Promise<void>((pass) => waiting.push({ ms, pass }));
  const gathered = batchLines((lines) => written.push(lines.toString()), delay);
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

test('a line longer than a batch comes after those before it, whole and in UTF-8', async () => {
  const { write, written, pass } = aGathering();
  const long = `${'ü😀"'.repeat(10_000)}\n`;
  for (const line of ['before\n', long, 'after\n']) write(line);
  await pass();
  expect(written.join('')).toBe(`before\n${long}after\n`);
});

test('however many batches are written, one timer waits for the next', () => {
  const { write, written, waiting } = aGathering();
  for (let at = 0; at < 1_000; at++) write(`line ${at} of which each is some forty characters\n`);
  expect([written.length > 1, waiting.length]).toEqual([true, 1]);
});

test('a batch that was written is not changed by later lines', () => {
  const written: Buffer[] = [];
  const batch = batchLines(
    (lines) => written.push(lines),
    () => new Promise(() => undefined),
  );
  for (const line of ['a\n', 'b\n']) {
    batch.write(line);
    batch.flush();
  }
  expect(written.map(String)).toEqual(['a\n', 'b\n']);
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

test('a log has the lines of its level, which can change', () => {
  const lines: string[] = [];
  const log = createLog('warn', { write: (line) => lines.push(line) });
  log.info({ at: 1 }, 'request');
  log.setLevel('info');
  log.info({ at: 2 }, 'request');
  expect(lines.map((line) => (JSON.parse(line) as { at: number }).at)).toEqual([2]);
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
