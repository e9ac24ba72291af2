import { HoldfastError, PlatformError } from '../domain/index.ts';
import type { Authorizer, PendingAuthorization, PlatformName, TokenSet } from '../domain/index.ts';
import { seal, sha256Hex, unseal, type Clock, type SealingKey } from '../lib/index.ts';
import { LEASE_TTL_MS, withLease, type Reader, type Store, type Tx } from '../store/index.ts';
import { stopConnections } from './connections.ts';

/** An access token this close to its end is renewed first. */
const REFRESH_MARGIN_MS = 120_000;
const REFRESH_LEASE = { ttlMs: LEASE_TTL_MS, waitMs: 60_000 };
const PENDING_LIFE_MS = 600_000;

interface StoredTokens {
  id: number;
  version: number;
  platform: string;
  tokens: TokenSet;
}

/** Seals and keeps a new token set. Returns its number, which connections refer to. */
export async function saveTokenSet(
  tx: Tx,
  key: SealingKey,
  platform: PlatformName,
  tokens: TokenSet,
  nowMs: number,
): Promise<number> {
  const inserted = await tx
    .insertInto('token_set')
    .values({
      platform,
      sealed: '',
      access_expires_at_ms: 0,
      refresh_expires_at_ms: null,
      version: 0,
      updated_at_ms: nowMs,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await writeTokens(tx, key, { id: inserted.id, version: 1, platform, tokens }, nowMs);
  return inserted.id;
}

/** The token set, unsealed. Throws KEY_MISMATCH or SEAL_BROKEN; NOT_CONNECTED when there is none. */
export async function readTokenSet(
  reader: Reader,
  key: SealingKey,
  id: number | null,
): Promise<StoredTokens> {
  const row =
    id === null
      ? undefined
      : await reader.selectFrom('token_set').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) {
    throw new HoldfastError('NOT_CONNECTED', 'This company is not connected any more.', {
      kind: 'auth',
      hint: 'Run `holdfast connect` for it again.',
    });
  }
  const tokens = JSON.parse(unseal(key, row.sealed, sealContext(row.platform, row.id))) as TokenSet;
  return { id: row.id, version: row.version, platform: row.platform, tokens };
}

/**
 * Hands out access tokens of one token set. Refreshing happens under one lease for all processes, and the new
 * pair is committed before anybody uses it; whoever waited for the lease takes what the other one stored.
 */
export class TokenKeeper {
  readonly #store: Store;
  readonly #key: SealingKey;
  readonly #clock: Clock;
  readonly #authorizer: Authorizer;
  readonly #tokenSetId: number | null;
  #current: StoredTokens | null = null;
  /** What the platform said for good, of which version. */
  #refusal: { version: number; error: PlatformError } | null = null;

  constructor(
    store: Store,
    key: SealingKey,
    clock: Clock,
    authorizer: Authorizer,
    tokenSetId: number | null,
  ) {
    this.#store = store;
    this.#key = key;
    this.#clock = clock;
    this.#authorizer = authorizer;
    this.#tokenSetId = tokenSetId;
  }

  /** A usable access token. `forceRefresh` after the platform rejected the one handed out last. */
  async accessToken(forceRefresh = false): Promise<string> {
    this.#current ??= await this.#read();
    if (!forceRefresh && this.#isFresh(this.#current)) return this.#current.tokens.accessToken;
    const rejected = this.#current.version;
    this.#current = await withLease(
      this.#store,
      this.#clock,
      `tokens:${this.#tokenSetId ?? 0}`,
      REFRESH_LEASE,
      () => this.#refresh(rejected, forceRefresh),
    );
    return this.#current.tokens.accessToken;
  }

  async #refresh(rejectedVersion: number, force: boolean): Promise<StoredTokens> {
    const stored = await this.#read();
    if (stored.version > rejectedVersion || (!force && this.#isFresh(stored))) return stored;
    const tokens = await this.#askFor(stored);
    if (tokens === null) return this.#read();
    const renewed = { ...stored, version: stored.version + 1, tokens };
    // The version is the fence here, not the lease: a new pair must not be lost because its owner overslept.
    const saved = await this.#store.write((tx) => writeTokens(tx, this.#key, renewed, this.#clock.nowMs()));
    // Whoever took our lease meanwhile has stored a newer pair: that one counts.
    return saved ? renewed : this.#read();
  }

  /** New tokens; null when ours were refused because another process has renewed them already. */
  async #askFor(stored: StoredTokens): Promise<TokenSet | null> {
    if (this.#refusal !== null && this.#refusal.version === stored.version) throw this.#refusal.error;
    try {
      // The old pair is good for a second question when the first one's answer was lost (Xero: for 30 minutes).
      return await this.#ask(stored).catch((error: unknown) => {
        if (isReplyLost(error)) return this.#ask(stored);
        throw error;
      });
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'PLATFORM_RECONNECT') throw error;
      if ((await this.#read()).version > stored.version) return null;
      this.#refusal = { version: stored.version, error };
      await this.#stop(stored, error.message);
      throw error;
    }
  }

  async #ask({ tokens }: StoredTokens): Promise<TokenSet> {
    return tokens.grant === 'client-credentials'
      ? (await this.#authorizer.clientCredentials()).tokens
      : this.#authorizer.refresh(tokens);
  }

  /** The consent is gone: everything that rests on it stops here, and nobody asks for it again. */
  async #stop({ id }: StoredTokens, reason: string): Promise<void> {
    await this.#store.write((tx) => stopConnections(tx, { tokenSetId: id }, reason, this.#clock.nowMs()));
  }

  #read(): Promise<StoredTokens> {
    return readTokenSet(this.#store.reader, this.#key, this.#tokenSetId);
  }

  #isFresh(stored: StoredTokens): boolean {
    return stored.tokens.accessExpiresAtMs - REFRESH_MARGIN_MS > this.#clock.nowMs();
  }
}

/** Whether an error means that only a person can bring the connection back. */
export function needsReconnect(error: unknown): boolean {
  return (
    error instanceof PlatformError &&
    ['PLATFORM_RECONNECT', 'PLATFORM_TOKEN_REJECTED', 'PLATFORM_FORBIDDEN'].includes(error.code)
  );
}

/** The platform may have done its part, and what it answered did not arrive whole. */
const isReplyLost = (error: unknown): boolean =>
  error instanceof PlatformError &&
  ['PLATFORM_CONNECTION_LOST', 'PLATFORM_TIMEOUT', 'PLATFORM_BAD_REPLY'].includes(error.code);

/** Keeps what the callback must match: one use, ten minutes, sealed. */
export async function savePendingAuthorization(
  tx: Tx,
  key: SealingKey,
  platform: PlatformName,
  pending: PendingAuthorization,
  nowMs: number,
): Promise<void> {
  const state_hash = sha256Hex(pending.state);
  await tx.deleteFrom('pending_authorization').where('expires_at_ms', '<', nowMs).execute();
  await tx
    .insertInto('pending_authorization')
    .values({
      state_hash,
      platform,
      sealed: seal(key, JSON.stringify(pending), `${platform}:${state_hash}:pending`),
      expires_at_ms: nowMs + PENDING_LIFE_MS,
    })
    .execute();
}

/** Takes a pending authorization out, so that it cannot be used twice. Throws STATE_UNKNOWN. */
export async function takePendingAuthorization(
  tx: Tx,
  key: SealingKey,
  platform: PlatformName,
  state: string,
  nowMs: number,
): Promise<PendingAuthorization> {
  const state_hash = sha256Hex(state);
  const row = await tx
    .deleteFrom('pending_authorization')
    .where('state_hash', '=', state_hash)
    .where('platform', '=', platform)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined || row.expires_at_ms < nowMs) {
    throw new HoldfastError(
      'STATE_UNKNOWN',
      'This answer belongs to no connection attempt of the last ten minutes.',
      {
        kind: 'auth',
        hint: 'Start again with `holdfast connect` and use the new address.',
      },
    );
  }
  return JSON.parse(unseal(key, row.sealed, `${platform}:${state_hash}:pending`)) as PendingAuthorization;
}

/** Stores a newer version. False when one at least as new is there already, or the set is gone. */
async function writeTokens(tx: Tx, key: SealingKey, stored: StoredTokens, nowMs: number): Promise<boolean> {
  const { tokens } = stored;
  const result = await tx
    .updateTable('token_set')
    .set({
      sealed: seal(key, JSON.stringify(tokens), sealContext(stored.platform, stored.id)),
      access_expires_at_ms: tokens.accessExpiresAtMs,
      refresh_expires_at_ms: tokens.refreshExpiresAtMs,
      version: stored.version,
      updated_at_ms: nowMs,
    })
    .where('id', '=', stored.id)
    .where('version', '<', stored.version)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

const sealContext = (platform: string, id: number): string => `${platform}:${id}:tokens`;
