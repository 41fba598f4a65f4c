import { afterAll, beforeAll, expect } from '@jest/globals';
import { aTestApp, type TestApp } from '../support/app.ts';

/** The program for all tests of the file, as soon as they run. None may make it meet an error that it did not expect. */
export function createSite(): () => TestApp {
  let site: TestApp;
  beforeAll(async () => {
    site = await aTestApp();
  });
  afterAll(async () => {
    await site.close();
    expect(site.log.lines.filter(({ message }) => message === 'unexpected error')).toEqual([]);
  });
  return () => site;
}
