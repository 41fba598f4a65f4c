import { createHash } from 'node:crypto';
import { parseCalendarFile } from '../../icalendar/foreign/parse.ts';
import { runInSlices } from '../../lib/cooperative.ts';
import { createClient, type Validators } from './fetch/client.ts';
import { sourceLogin, type SourceConfig } from './source.ts';
import type { ReaderTools, SourceReader } from './tools.ts';

interface IcsState {
  readonly validators: Validators;
  /** Of the bytes. */
  readonly digest: string;
}

/** Reads a calendar by its address. */
export function createIcsReader(config: SourceConfig, tools: ReaderTools): SourceReader {
  const { guard, refreshTokens, limits, clock } = tools;
  const { userAgent, timezone } = config;
  const login = sourceLogin(config);
  const client = createClient({ login, userAgent, guard: guard(), refreshTokens, limits, now: clock });
  return {
    read: async (state) => {
      const known = state as IcsState | null;
      const fetched = await client.fetch(known?.validators ?? null);
      if (fetched.kind === 'unchanged') return null;
      const { bytes, charset, validators } = fetched;
      const digest = createHash('sha256').update(bytes).digest('base64url');
      if (digest === known?.digest) return null;
      const file = await runInSlices(parseCalendarFile(bytes, { charset, timezone }));
      return { file, state: { validators, digest } satisfies IcsState, changes: [] };
    },
    close: client.close,
  };
}
