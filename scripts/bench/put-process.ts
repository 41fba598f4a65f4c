import { Pool } from 'undici';
import { input, report } from './processes.ts';

/** One process that only puts objects into a calendar, as many at a time as a mirror writes. */

export interface PutInput {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Texts by path. */
  readonly objects: readonly (readonly [path: string, text: string])[];
}

const AT_A_TIME = 4;

const { url, username, password, objects } = await input<PutInput>();
const headers = {
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  'content-type': 'text/calendar; charset=utf-8',
  'if-none-match': '*',
};
const left = [...objects];
const startedAt = performance.now();
const pool = new Pool(url);

async function putSome(): Promise<void> {
  for (let next = left.pop(); next; next = left.pop()) {
    const [path, body] = next;
    const answer = await pool.request({ method: 'PUT', path, headers, body });
    await answer.body.dump();
    if (answer.statusCode !== 201) throw new Error(`mirror: a PUT is answered with ${answer.statusCode}`);
  }
}

await Promise.all(Array.from({ length: AT_A_TIME }, putSome));
report({ report: { ms: performance.now() - startedAt } });
await pool.destroy();
