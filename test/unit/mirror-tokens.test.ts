import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAudit } from '../../src/audit/index.ts';
import { companyId, PlatformError, type TokenSet } from '../../src/domain/index.ts';
import { newSealingKey } from '../../src/lib/index.ts';
import {
  assertActive,
  forgetTokens,
  needsReconnect,
  readCompanyId,
  readConnection,
  readConnections,
  readTokenSet,
  saveConnection,
  savePendingAuthorization,
  saveTokenSet,
  setConnectionState,
  setConnectionZone,
  takePendingAuthorization,
  TokenKeeper,
} from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import { FakeAuthorizer } from '../support/fake-authorizer.ts';
import { connect, key, organisation, TOKENS } from '../support/fake-platform.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { NOW_MS } from '../support/mirror-records.ts';
import { openHere, tempDir, tempStore } from '../support/temp-store.ts';

const MINUTE_MS = 60_000;
const INVALID_GRANT = new PlatformError('PLATFORM_RECONNECT', 'The consent is gone.', { sent: 'refused' });

const keep = (store: Store, tokens: TokenSet = TOKENS): Promise<number> =>
  store.write((tx) => saveTokenSet(tx, key, 'xero', tokens, NOW_MS));

/** Everything that a table holds, as the file shows it to a thief. */
async function textOf(
  store: Store,
  table: 'token_set' | 'connection' | 'pending_authorization',
): Promise<string> {
  return JSON.stringify(await store.reader.selectFrom(table).selectAll().execute());
}

describe('a token set', () => {
  it('is sealed in the database and opens with the key', async () => {
    const store = tempStore();
    const id = await keep(store);
    expect((await readTokenSet(store.reader, key, id)).tokens).toEqual(TOKENS);
    const text = await textOf(store, 'token_set');
    expect(text).not.toContain(TOKENS.accessToken);
    expect(text).not.toContain(TOKENS.refreshToken);
  });

  it('does not open with another key, or in another row', async () => {
    const store = tempStore();
    const [first, second] = [await keep(store), await keep(store)];
    await expect(readTokenSet(store.reader, newSealingKey(), first)).rejects.toMatchObject({
      code: 'KEY_MISMATCH',
    });
    await store.write(async (tx) => {
      const other = await tx
        .selectFrom('token_set')
        .select('sealed')
        .where('id', '=', second)
        .executeTakeFirstOrThrow();
      await tx.updateTable('token_set').set({ sealed: other.sealed }).where('id', '=', first).execute();
    });
    await expect(readTokenSet(store.reader, key, first)).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
  });

  it('that is gone means that the company must be connected again', async () => {
    const store = tempStore();
    await expect(readTokenSet(store.reader, key, null)).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
    await expect(readTokenSet(store.reader, key, 99)).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });
});

describe('the keeper of a token set', () => {
  async function keeping(tokens: TokenSet = TOKENS) {
    const file = join(tempDir(), 'holdfast.db');
    const [store, other] = [openHere(file), openHere(file)];
    const clock = new ManualClock(NOW_MS);
    const authorizer = new FakeAuthorizer(clock, TOKENS.refreshToken);
    const id = await keep(store, tokens);
    const keeper = (at: Store): TokenKeeper => new TokenKeeper(at, key, clock, authorizer, id);
    return { store, other, clock, authorizer, id, keeper };
  }

  it('hands out what is good for two minutes more without asking anybody', async () => {
    const { store, clock, authorizer, keeper } = await keeping();
    clock.advance(27 * MINUTE_MS);
    expect(await keeper(store).accessToken()).toBe('access-0');
    expect(authorizer.used).toEqual([]);
  });

  it('renews what ends within two minutes and has stored it before anybody uses it', async () => {
    const { store, clock, authorizer, id, keeper } = await keeping();
    clock.advance(28 * MINUTE_MS);
    expect(await keeper(store).accessToken()).toBe('access-1');
    expect(authorizer.used).toEqual(['refresh-0']);
    const stored = await readTokenSet(store.reader, key, id);
    expect(stored.tokens).toMatchObject({ accessToken: 'access-1', refreshToken: 'refresh-1' });
  });

  it('renews once for many callers in two processes, who all get the new token', async () => {
    const { store, other, clock, authorizer, keeper } = await keeping();
    clock.advance(40 * MINUTE_MS);
    const [here, there] = [keeper(store), keeper(other)];
    const callers = [here, there, here, there, here].map((one) => one.accessToken());
    expect(await Promise.all(callers)).toEqual(Array(5).fill('access-1'));
    expect(authorizer.used).toEqual(['refresh-0']);
  });

  it('renews once when both processes were told that their token is not good any more', async () => {
    const { store, other, authorizer, keeper } = await keeping();
    const [here, there] = [keeper(store), keeper(other)];
    await Promise.all([here.accessToken(), there.accessToken()]);
    const callers = [here.accessToken(true), there.accessToken(true)];
    expect(await Promise.all(callers)).toEqual(['access-1', 'access-1']);
    expect(authorizer.used).toEqual(['refresh-0']);
  });

  it('takes what another process stored after its own was rejected, and renews that only when it is rejected too', async () => {
    const { store, other, authorizer, keeper } = await keeping();
    const [here, there] = [keeper(store), keeper(other)];
    await there.accessToken();
    expect(await here.accessToken(true)).toBe('access-1');
    expect(await there.accessToken(true)).toBe('access-1');
    expect(await there.accessToken(true)).toBe('access-2');
    expect(authorizer.used).toEqual(['refresh-0', 'refresh-1']);
  });

  it('loses nothing when the platform says that the consent is gone', async () => {
    const { store, other, clock, authorizer, id, keeper } = await keeping();
    clock.advance(40 * MINUTE_MS);
    authorizer.failWith(INVALID_GRANT);
    await expect(keeper(store).accessToken()).rejects.toBe(INVALID_GRANT);
    expect((await readTokenSet(store.reader, key, id)).tokens).toEqual(TOKENS);
    authorizer.failWith(null);
    expect(await keeper(other).accessToken()).toBe('access-1');
  });

  it('stops everything that rests on a consent that is gone, says so once, and asks no more', async () => {
    const { store, clock, authorizer, id, keeper } = await keeping();
    const save = (company: string, tokens: number) =>
      store.write((tx) => saveConnection(tx, key, 'xero', organisation({ company }), tokens, NOW_MS));
    const [one, two] = [await save('one', id), await save('two', id)];
    const other = await save('three', await keep(store));
    clock.advance(40 * MINUTE_MS);
    authorizer.failWith(INVALID_GRANT);
    const stopped = keeper(store);
    for (let tries = 0; tries < 5; tries += 1)
      await expect(stopped.accessToken(tries % 2 === 1)).rejects.toBe(INVALID_GRANT);
    expect(authorizer.used).toEqual(['refresh-0']);
    for (const connection of [one, two]) {
      await expect(assertActive(store.reader, connection)).rejects.toMatchObject({
        code: 'RECONNECT_NEEDED',
        message: expect.stringContaining('The consent is gone.') as string,
      });
    }
    await assertActive(store.reader, other);
    const audit = await readAudit(store.reader, 10);
    expect(audit.map((row) => [row.action, row.connectionId]).sort()).toEqual([
      ['connection.stopped', one],
      ['connection.stopped', two],
    ]);
  });

  it('takes what another process stored when its own refresh token was refused for being used up', async () => {
    const { store, other, clock, id, keeper } = await keeping();
    clock.advance(40 * MINUTE_MS);
    /** Pauses before its question, until its lease has run out and another process has renewed. */
    class Paused extends FakeAuthorizer {
      override async refresh(): Promise<TokenSet> {
        clock.advance(2 * MINUTE_MS);
        await keeper(other).accessToken();
        throw INVALID_GRANT;
      }
    }
    const late = new TokenKeeper(store, key, clock, new Paused(clock, ''), id);
    expect(await late.accessToken()).toBe('access-1');
  });

  it('does not use a pair that could not be stored', async () => {
    const { store, clock, id, keeper } = await keeping();
    clock.advance(40 * MINUTE_MS);
    const one = keeper(store);
    await one.accessToken();
    await store.write((tx) => tx.deleteFrom('token_set').where('id', '=', id).execute());
    await expect(one.accessToken(true)).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });

  it('simply asks again for a company that connects by client credentials', async () => {
    const machine: TokenSet = {
      ...TOKENS,
      grant: 'client-credentials',
      refreshToken: null,
      refreshExpiresAtMs: null,
    };
    const { store, clock, authorizer, keeper } = await keeping(machine);
    clock.advance(40 * MINUTE_MS);
    expect(await keeper(store).accessToken()).toBe('access-1');
    expect(authorizer.used).toEqual([]);
  });
});

describe('an error of the platform', () => {
  it.each([
    ['PLATFORM_RECONNECT', true],
    ['PLATFORM_TOKEN_REJECTED', true],
    ['PLATFORM_FORBIDDEN', true],
    ['PLATFORM_UNAVAILABLE', false],
    ['PLATFORM_TIMEOUT', false],
    ['PLATFORM_RATE_LIMITED', false],
  ] as const)('%s needs a person: %s', (code, needed) => {
    expect(needsReconnect(new PlatformError(code, 'x', { sent: 'no' }))).toBe(needed);
    expect(needsReconnect(new Error(code))).toBe(false);
  });
});

describe('a pending authorization', () => {
  const pending = {
    url: 'https://login.example/authorize',
    state: 'state-1',
    codeVerifier: 'verifier-1',
    redirectUri: 'http://localhost:4400/callback',
  };
  const begin = (store: Store, atMs = NOW_MS): Promise<void> =>
    store.write((tx) => savePendingAuthorization(tx, key, 'xero', pending, atMs));
  const take = (store: Store, atMs: number, platform: 'xero' | 'quickbooks' = 'xero', state = 'state-1') =>
    store.write((tx) => takePendingAuthorization(tx, key, platform, state, atMs));

  it('is sealed, and given back once', async () => {
    const store = tempStore();
    await begin(store);
    const text = await textOf(store, 'pending_authorization');
    expect(text).not.toContain('verifier-1');
    expect(text).not.toContain('state-1');
    expect(await take(store, NOW_MS + MINUTE_MS)).toEqual(pending);
    await expect(take(store, NOW_MS + MINUTE_MS)).rejects.toMatchObject({ code: 'STATE_UNKNOWN' });
  });

  it('is good for ten minutes', async () => {
    const store = tempStore();
    await begin(store);
    expect(await take(store, NOW_MS + 10 * MINUTE_MS)).toEqual(pending);
    await begin(store);
    await expect(take(store, NOW_MS + 10 * MINUTE_MS + 1)).rejects.toMatchObject({ code: 'STATE_UNKNOWN' });
  });

  it('is not given to a state that nobody made up, or to the other platform', async () => {
    const store = tempStore();
    await begin(store);
    await expect(take(store, NOW_MS, 'xero', 'state-2')).rejects.toMatchObject({ code: 'STATE_UNKNOWN' });
    await expect(take(store, NOW_MS, 'quickbooks')).rejects.toMatchObject({ code: 'STATE_UNKNOWN' });
    expect(await take(store, NOW_MS)).toEqual(pending);
  });
});

describe('a connection', () => {
  it('hides which company it is from whoever reads the file', async () => {
    const store = tempStore();
    const connection = await connect(store, { company: 'tenant-4711' });
    expect(await textOf(store, 'connection')).not.toContain('tenant-4711');
    expect(await readCompanyId(store.reader, key, connection)).toBe('tenant-4711');
  });

  it('is renewed, not doubled, when the same company is connected again, and keeps its mode', async () => {
    const store = tempStore();
    const first = await connect(store);
    await store.write((tx) => setConnectionState(tx, first.id, 'reconnect', 'consent is gone'));
    await store.write((tx) => tx.updateTable('connection').set({ mode: 'automatic' }).execute());
    const again = await connect(store, { name: 'Harbour Renamed Ltd' });
    expect(await readConnections(store.reader)).toEqual([again]);
    expect(again).toMatchObject({
      id: first.id,
      name: 'Harbour Renamed Ltd',
      state: 'active',
      stateReason: null,
      mode: 'automatic',
    });
  });

  it('counts its days in the zone that a person set, until that is taken back', async () => {
    const store = tempStore();
    const { id } = await connect(store);
    const zone = async (): Promise<string> => (await readConnection(store.reader, id)).timeZone;
    await store.write((tx) => setConnectionZone(tx, id, 'America/Chicago'));
    await connect(store, { timeZone: 'Europe/Dublin' });
    expect(await zone()).toBe('America/Chicago');
    await store.write((tx) => setConnectionZone(tx, id, null));
    expect(await zone()).toBe('Europe/Dublin');
    await expect(store.write((tx) => setConnectionZone(tx, id, 'Mars/Olympus'))).rejects.toMatchObject({
      code: 'ZONE_UNKNOWN',
    });
  });

  it('starts by proposing', async () => {
    expect((await connect(tempStore())).mode).toBe('propose');
  });

  it('is another one for another company, and for the same id on the other platform', async () => {
    const store = tempStore();
    await connect(store, { company: 'one' });
    await connect(store, { company: 'two' });
    await store.write(async (tx) => {
      const tokens = await saveTokenSet(tx, key, 'quickbooks', TOKENS, NOW_MS);
      await saveConnection(tx, key, 'quickbooks', organisation({ company: 'one' }), tokens, NOW_MS + 1);
    });
    const ids = (await readConnections(store.reader)).map((connection) => connection.id);
    expect(ids).toEqual(['xero-1', 'xero-2', 'quickbooks-1']);
  });

  it('that is not known is answered with those that are', async () => {
    const store = tempStore();
    await connect(store);
    await expect(readConnection(store.reader, 'xero-7')).rejects.toMatchObject({
      code: 'CONNECTION_UNKNOWN',
      message: expect.stringContaining('xero-1') as string,
    });
  });

  it('forgets its tokens when it ends, but not those that another company still needs', async () => {
    const store = tempStore();
    const [one, two] = await store.write(async (tx) => {
      const tokens = await saveTokenSet(tx, key, 'xero', TOKENS, NOW_MS);
      const save = (company: string) =>
        saveConnection(tx, key, 'xero', { ...organisation(), companyId: companyId(company) }, tokens, NOW_MS);
      return [await save('one'), await save('two')] as const;
    });
    const forget = async (id: string): Promise<void> => {
      const connection = await readConnection(store.reader, id);
      await store.write((tx) => forgetTokens(tx, connection));
    };
    const { tokenSetId } = await readConnection(store.reader, two);
    await forget(one);
    await expect(readTokenSet(store.reader, key, tokenSetId)).resolves.toMatchObject({ tokens: TOKENS });
    await forget(two);
    await expect(readTokenSet(store.reader, key, tokenSetId)).rejects.toMatchObject({
      code: 'NOT_CONNECTED',
    });
    expect((await readConnection(store.reader, two)).state).toBe('disconnected');
  });
});
