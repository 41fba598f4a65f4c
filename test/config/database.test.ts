import { expect, test } from '@jest/globals';
import { files, PLANE, problems, read } from '../support/config.ts';

/** DATABASE_URL among the other settings. */

const DATABASE_URL = 'postgres://ada:pw-of-ada@db.example.com/plane_ics';
const SECRETS = { SECRET_KEY: 'a-secret-key-for-all', ADMIN_TOKEN: 'an-admin-token-for-all' };

test('requires the secrets that each server would otherwise generate', () => {
  expect(problems({ ...PLANE, DATABASE_URL })).toEqual([
    'DATABASE_URL requires SECRET_KEY and ADMIN_TOKEN, the same for all servers: set each to the output of "openssl rand -base64 32", or to what is in DATA_DIR.',
  ]);
  expect(problems({ ...PLANE, DATABASE_URL, SECRET_KEY: SECRETS.SECRET_KEY })).toEqual([
    expect.stringMatching(/^DATABASE_URL requires ADMIN_TOKEN, .* set it to the output/),
  ]);
  expect(problems({ ...PLANE, DATABASE_URL, ...SECRETS })).toEqual([]);
  expect(problems(PLANE)).toEqual([]);
});

test('is refused for the demo, which would use the lease and the records of a real deployment', () => {
  expect(problems({ DATABASE_URL, ...SECRETS })).toEqual([
    'DATABASE_URL requires PLANE_URL, PLANE_API_KEY, PLANE_WORKSPACE: without them this is the demo, which stays out of the database. Set them, or remove DATABASE_URL.',
  ]);
  expect(problems({ ...SECRETS })).toEqual([]);
});

test('can be read from a file, and is no part of a problem', () => {
  const readFile = files({ '/run/secrets/database': `${DATABASE_URL}\n` });
  const { database } = read({ ...PLANE, ...SECRETS, DATABASE_URL_FILE: '/run/secrets/database' }, readFile);
  expect(database).toMatchObject({ host: 'db.example.com', user: 'ada', password: 'pw-of-ada' });
  const found = problems({ ...PLANE, ...SECRETS, DATABASE_URL: 'db.example.com:pw-of-ada' });
  expect(found).toEqual([expect.stringMatching(/^DATABASE_URL must be an address such as postgres:/)]);
  expect(found.join()).not.toContain('pw-of-ada');
});
