import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../src/domain/errors.ts';
import { createRefreshTokens } from '../../src/caldav/refresh-tokens.ts';
import type { Seal } from '../../src/lib/seal.ts';
import { createRecords, storePart } from '../../src/mirrors/records.ts';
import { createVault } from '../../src/store/vault.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aConfig } from './support/config.ts';

/** Mirrors and their secrets in the store. */

const sealWith = (key: string): Seal => ({
  seal: (secret) => `${key}:${Buffer.from(secret).toString('base64')}`,
  open: (sealed) =>
    sealed.startsWith(`${key}:`) ? Buffer.from(sealed.slice(key.length + 1), 'base64').toString() : null,
});

describe('a mirror', () => {
  test('comes back as it was saved, its secrets sealed, under the names of 0.1', async () => {
    const store = aMemoryStore();
    const records = createRecords(store, sealWith('k1'));
    const config = aConfig();
    await records.save(config);
    expect(await records.all()).toEqual([config]);
    const stored = (await store.get('mirror', 'a1')) as object;
    expect(stored).toMatchObject({ brake: config.deletionGuard, sealed: expect.any(String) });
    expect(JSON.stringify(stored)).not.toContain('"secret"');
    await records.remove('a1');
    expect(await records.all()).toEqual([]);
  });

  test('has its secrets for itself and its server alone', async () => {
    const store = aMemoryStore();
    const records = createRecords(store, createVault('k1'));
    const config = aConfig();
    await records.save(config);
    const stored = (await store.get('mirror', 'a1')) as object;
    const server = { ...config.server, url: 'https://dav.example.com/other/' };
    for (const [change, secrets] of [
      [{ server }, config.secrets],
      [{ server: { ...server, url: 'https://evil.example.com/' } }, null],
      [{ server: { ...server, verify: false } }, null],
      [{ id: 'a2' }, null],
    ] as const) {
      const id = 'id' in change ? change.id : 'a1';
      await store.write([{ kind: 'mirror', id, value: { ...stored, ...change } }]);
      expect((await records.all()).find((one) => one.id === id)?.secrets).toEqual(secrets);
    }
  });

  test('keeps secrets that another key sealed, until they are entered again', async () => {
    const store = aMemoryStore();
    await createRecords(store, sealWith('k1')).save(aConfig());
    const [locked] = await createRecords(store, sealWith('k2')).all();
    expect(locked?.secrets).toBeNull();
    await createRecords(store, sealWith('k2')).save({ ...locked!, name: 'Renamed' });
    expect((await createRecords(store, sealWith('k1')).all())[0]).toMatchObject({
      name: 'Renamed',
      secrets: { password: 'secret' },
    });
  });

  test('of the settings is stored only while it is paused', async () => {
    const store = aMemoryStore();
    const records = createRecords(store, sealWith('k1'));
    const config = aConfig({ from: 'settings', id: 'settings' });
    await records.save({ ...config, paused: true });
    expect([await records.isPaused('settings'), await records.all()]).toEqual([true, []]);
    await records.save(config);
    expect([await records.isPaused('settings'), store.records.size]).toEqual([false, 0]);
  });
});

describe('a replaced refresh token', () => {
  type Tokens = Pick<ReturnType<typeof createRefreshTokens>, 'use'>;
  const replace = (tokens: Tokens, next: string) => tokens.use('r0', () => Promise.resolve({ refresh_token: next }));
  async function current(tokens: Tokens, configured = 'r0'): Promise<string | undefined> {
    let passed: string | undefined;
    await tokens.use(configured, (token) => Promise.resolve({ refresh_token: (passed = token) }));
    return passed;
  }

  test('is used instead of the configured one, also after a restart, and is sealed', async () => {
    const store = aMemoryStore();
    const tokens = createRefreshTokens(store, sealWith('k1'));
    expect(await current(tokens)).toBe('r0');
    await replace(tokens, 'r1');
    await replace(tokens, 'r2');
    expect([await current(tokens), await current(tokens, 'other')]).toEqual(['r2', 'other']);
    expect(await current(createRefreshTokens(store, sealWith('k1')))).toBe('r2');
    expect([...store.records].join()).not.toMatch(/r0|r2/);
    expect(await current(createRefreshTokens(store, sealWith('k2')))).toBe('r0');
    await tokens.forget('r0');
    expect([await current(tokens), store.records.size]).toEqual(['r0', 0]);
  });

  test('that can not be stored is used until the process ends', async () => {
    const write = () => Promise.reject(new AppError('storage_full', 'The disk is full.'));
    const tokens = createRefreshTokens({ ...aMemoryStore(), write }, sealWith('k1'));
    await replace(tokens, 'r1');
    expect(await current(tokens)).toBe('r1');
  });

  test('that could not be stored is stored at its next use', async () => {
    const store = aMemoryStore();
    let isFull = true;
    const tokens = createRefreshTokens(
      {
        ...store,
        write: (changes) =>
          isFull ? Promise.reject(new AppError('storage_full', 'The disk is full.')) : store.write(changes),
      },
      sealWith('k1'),
    );
    await replace(tokens, 'r1');
    isFull = false;
    await tokens.use('r0', () => Promise.reject(new Error('the provider is down'))).catch(() => undefined);
    expect(await current(createRefreshTokens(store, sealWith('k1')))).toBe('r1');
  });
});

test('a part of a store sees and changes its own records only', async () => {
  const store = aMemoryStore();
  const [one, two] = [storePart(store, 'one'), storePart(store, 'two')];
  await one.write([{ kind: 'x', id: 'a', value: 1 }]);
  await two.write([{ kind: 'x', id: 'a', value: 2 }]);
  expect([await one.list('x'), await one.get('x', 'a'), await two.list('x', 'a')]).toEqual([[['a', 1]], 1, [['a', 2]]]);
  await one.write([{ kind: 'x', id: 'a' }]);
  expect([await one.list('x'), await two.get('x', 'a')]).toEqual([[], 2]);
});
