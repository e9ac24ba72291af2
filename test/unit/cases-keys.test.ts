import { describe, expect, it } from 'vitest';
import { createApiKey, endApiKey, readApiKey, readApiKeys, type ApiScope } from '../../src/cases/index.ts';
import type { Store } from '../../src/store/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { tempStore } from '../support/temp-store.ts';

const NOW_MS = Date.parse('2026-03-11T10:00:00Z');
const clock = new ManualClock(NOW_MS);

const make = (
  store: Store,
  name = 'shop',
  expiresAtMs: number | null = null,
  scopes: ApiScope[] = ['credit-check'],
) => createApiKey({ store, clock }, { name, scopes, expiresAtMs }, 'Ada');

describe('a key', () => {
  it('opens what it was made for, and is kept nowhere', async () => {
    const store = tempStore();
    const { key } = await make(store, 'shop', null, ['held:read']);
    expect(await readApiKey(store.reader, key, NOW_MS)).toEqual({ person: 'shop', scopes: ['held:read'] });
    const rows = await store.reader.selectFrom('api_key').selectAll().execute();
    const audit = await store.reader.selectFrom('audit').selectAll().execute();
    const secret = key.split('.')[1] ?? '';
    expect(secret).toHaveLength(43);
    expect(JSON.stringify([rows, audit])).not.toContain(secret);
  });

  it('is never the same twice', async () => {
    const store = tempStore();
    const keys = [await make(store, 'one'), await make(store, 'two'), await make(store, 'three')];
    expect(new Set(keys.map((one) => one.key)).size).toBe(3);
  });

  it('is refused when it is altered, cut, of somebody else or no key at all', async () => {
    const store = tempStore();
    const [one, two] = [(await make(store, 'one')).key, (await make(store, 'two')).key];
    const other = one.endsWith('A') ? 'B' : 'A';
    const mixed = `${one.split('.')[0] ?? ''}.${two.split('.')[1] ?? ''}`;
    for (const key of [
      `${one.slice(0, -1)}${other}`,
      one.slice(0, -1),
      `${one}A`,
      mixed,
      '',
      'hf_',
      'x'.repeat(5000),
    ])
      expect(await readApiKey(store.reader, key, NOW_MS), key).toBeNull();
  });

  it('ends with its last moment, and at once when it is revoked', async () => {
    const store = tempStore();
    const { key } = await make(store, 'shop', NOW_MS + 1);
    expect(await readApiKey(store.reader, key, NOW_MS)).not.toBeNull();
    expect(await readApiKey(store.reader, key, NOW_MS + 1)).toBeNull();
    const lasting = await make(store, 'till');
    await endApiKey({ store, clock }, 'TILL', 'Ada');
    expect(await readApiKey(store.reader, lasting.key, NOW_MS)).toBeNull();
    expect((await readApiKeys(store.reader)).find((one) => one.name === 'till')).toMatchObject({
      revokedBy: 'Ada',
    });
    await expect(endApiKey({ store, clock }, 'till', 'Ada')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
  });

  it('has a name of its own while it is in use', async () => {
    const store = tempStore();
    await make(store, 'shop');
    await expect(make(store, 'Shop')).rejects.toMatchObject({ code: 'KEY_NAME_TAKEN' });
    await endApiKey({ store, clock }, 'shop', 'Ada');
    await make(store, 'shop');
  });

  it('is not made by a dry run', async () => {
    const store = tempStore();
    await createApiKey(
      { store, clock, dryRun: true },
      { name: 'shop', scopes: [], expiresAtMs: null },
      'Ada',
    );
    expect(await readApiKeys(store.reader)).toEqual([]);
  });
});
