import { expect, test } from '@jest/globals';
import { PLANE, problems } from '../support/config.ts';

/** Self-service requires that nobody on the way can read the keys. */

test.each([
  [{}, true],
  [{ HOST: '::1' }, true],
  [{ HOST: '0.0.0.0', PUBLIC_URL: 'https://calendars.example.com/plane' }, true],
  [{ HOST: '0.0.0.0', PUBLIC_URL: 'http://localhost:8080' }, true],
  [{ HOST: '0.0.0.0' }, false],
  [{ PUBLIC_URL: 'http://calendars.example.com' }, false],
  [{ PUBLIC_URL: 'http://localhost.example.com' }, false],
])('with %j it is accepted: %s', (settings, isAccepted) => {
  expect(problems({ ...PLANE, ...settings })).toEqual([]);
  expect(problems({ ...PLANE, ...settings, SELF_SERVICE: 'true' })).toEqual(
    isAccepted ? [] : [expect.stringMatching(/^SELF_SERVICE requires HTTPS.*set PUBLIC_URL to .*https:/)],
  );
});
