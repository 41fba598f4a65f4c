import { readdirSync, readFileSync } from 'node:fs';
import type { Json } from '../../src/demo/json.ts';

/** True answers and deliveries of a running Plane; see test/recorded/plane/README.md. */

const FOLDER = new URL('../recorded/plane/', import.meta.url);

export interface RecordedAnswer {
  readonly name: string;
  readonly request: { readonly method: string; readonly path: string; readonly query: string | null };
  /** null when the request had none; valid ones are redacted. */
  readonly key: string | null;
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  };
}

export interface RecordedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function recordedAnswer(name: string): RecordedAnswer {
  const text = readFileSync(new URL(`http/${name}.json`, FOLDER), 'utf8');
  return { ...(JSON.parse(text) as Omit<RecordedAnswer, 'name'>), name };
}

export function recordedAnswers(): RecordedAnswer[] {
  const files = readdirSync(new URL('http/', FOLDER)).filter((file) => file.endsWith('.json'));
  return files.map((file) => recordedAnswer(file.replace(/\.json$/, '')));
}

/** The `results` of a recorded list, or the list itself where Plane gives it bare. */
export function recordedList<T>(name: string): T[] {
  const { body } = recordedAnswer(name).response;
  return (Array.isArray(body) ? body : (body as { results: Json }).results) as unknown as T[];
}

/** What Plane delivered for an action; none when it kept silent. */
export function recordedDeliveries(action: string): {
  readonly secret: string;
  readonly deliveries: RecordedDelivery[];
} {
  const { secret, deliveries } = JSON.parse(readFileSync(new URL(`webhooks/${action}.json`, FOLDER), 'utf8')) as {
    secret: string;
    deliveries: { headers: Record<string, string>; body_base64: string }[];
  };
  return {
    secret,
    deliveries: deliveries.map(({ headers, body_base64 }) => ({ headers, body: Buffer.from(body_base64, 'base64') })),
  };
}

export function recordedActions(): string[] {
  return readdirSync(new URL('webhooks/', FOLDER)).map((file) => file.replace(/\.json$/, ''));
}
