import { expect, test } from '@jest/globals';
import { createRecent } from '../../src/feeds/recent.ts';

test('what was used last is kept, and nothing more', () => {
  const recent = createRecent<string>(3);
  for (const key of ['a', 'b', 'c']) recent.set(key, key);
  recent.get('a');
  recent.set('d', 'd');
  expect([...recent.keys()].sort()).toEqual(['a', 'c', 'd']);
});
