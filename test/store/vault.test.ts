import { expect, test } from '@jest/globals';
import { createVault } from '../../src/store/vault.ts';

/** Sealed secrets. */

const vault = createVault('the key of a folder');
const RECORD = ['mirror', 'a1', 'https://dav.example.com', null, true];

test('a sealed secret opens with its key, in its record, and in no other', () => {
  const sealed = vault.seal('hunter2', RECORD);
  expect(sealed).not.toContain('hunter2');
  expect(vault.seal('hunter2', RECORD)).not.toBe(sealed);
  expect(vault.open(sealed, RECORD)).toBe('hunter2');
  expect(createVault('another key').open(sealed, RECORD)).toBeNull();
  for (const [at, other] of ['source', 'a2', 'https://evil.example.com', 'https://evil.example.com', false].entries())
    expect(vault.open(sealed, RECORD.with(at, other))).toBeNull();
});

test('what was altered, cut, or stripped of its binding does not open', () => {
  const sealed = vault.seal('hunter2', RECORD);
  expect(
    vault.open(
      sealed.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      RECORD,
    ),
  ).toBeNull();
  expect(vault.open(sealed.slice(0, 20), RECORD)).toBeNull();
  expect(vault.open(sealed.slice('2.'.length), RECORD)).toBeNull();
});

test('what 0.1 sealed for no record opens', () => {
  const sealed = 'JYZNbpbyN6vbfrYl_TmykQk68ne0AFhuQjK18B27JSOajSM';
  expect(vault.open(sealed, RECORD)).toBe('hunter2');
  expect(vault.open(`2.${sealed}`, RECORD)).toBeNull();
});
