import { jest } from '@jest/globals';

/** What modules of the page ask of a browser when they are loaded: the languages of the reader, and a timer that never runs. */
export function stubReader(): void {
  jest.useFakeTimers();
  const navigator = { language: 'en-GB', languages: ['en-GB'] };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}
