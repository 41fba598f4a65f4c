import { expect } from '@jest/globals';
import type { Environment } from '../../src/config/config.ts';
import type { TestApp } from './app.ts';

/** Reloads with these settings, none of which needs a restart; the names of those that changed. */
export async function changed(site: TestApp, environment: Environment): Promise<readonly string[]> {
  const { changed: names, needsRestart } = await site.reload(environment);
  expect(needsRestart).toEqual([]);
  return names;
}
