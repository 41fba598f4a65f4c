import { expect, test } from '@jest/globals';
import { runToEnd } from '../../../src/lib/cooperative.ts';
import { examine, TRIAL_STEPS, type Trial } from '../../../src/sources/calendars/trial.ts';
import { calendar, event, read } from '../../icalendar/foreign/read.ts';

const NOW = Date.UTC(2026, 10, 30);

function trialOf(rules: readonly string[], steps = TRIAL_STEPS): Trial {
  const events = rules.map((rule, at) => event(String(at), ...(rule === '' ? [] : [`RRULE:${rule}`])));
  return runToEnd(examine(read(calendar(...events)), null, NOW, steps));
}

test('counts what a calendar has', () => {
  expect(trialOf(['', 'FREQ=DAILY;COUNT=3', 'FREQ=WEEKLY'])).toMatchObject({
    components: 3,
    instances: 1 + 3 + 53,
    recurring: 2,
    first: '2026-12-01',
    last: '2027-11-30',
  });
});

test('a rule that has thousands of years without an instance is not followed through all of them', () => {
  const endless = 'FREQ=DAILY;INTERVAL=1000000;COUNT=5';
  expect(trialOf(['', endless])).toMatchObject({ components: 2, recurring: 1, last: '2026-12-01' });
});

test('many rules may together take only so long', () => {
  const rules = [...Array<string>(9).fill('FREQ=DAILY;COUNT=1000'), ''];
  const trial = trialOf(rules, 2_000);
  expect(trial).toMatchObject({ components: 10, recurring: 9 });
  expect([trial.instances > 3_000, trial.instances < 4_010, trialOf(rules).instances]).toEqual([true, true, 9_001]);
});
