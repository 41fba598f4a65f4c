import { AppError } from '../../domain/errors.ts';

/** How many steps one expansion may take; each takes about ten microseconds. Years of an hourly event take fewer. */
export const MAX_STEPS = 100_000;
/** What a time takes that may become an instance, before it is known whether it does. */
export const CANDIDATE_STEPS = 0.01;

/** Counts the steps of an expansion, so that a hostile rule ends: `FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31` never has an instance. */
export interface Budget {
  /** Throws `invalid` when more steps than allowed were taken. */
  spend(steps: number): void;
}

/** A budget of that many steps, which are also taken from `all`: that of a whole calendar, say. */
export function createBudget(allowed: number, all?: Budget): Budget {
  let left = allowed;
  return {
    spend: (steps) => {
      all?.spend(steps);
      left -= steps;
      if (left < 0)
        throw new AppError(
          'invalid',
          `A repeating event has a rule that takes more than ${allowed} steps to work out. Give the rule an end, or repeat it less often.`,
        );
    },
  };
}
