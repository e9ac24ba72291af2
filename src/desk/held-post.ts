import { HoldfastError, PlatformError, type HeldWebhook } from '../domain/index.ts';
import { sha256Hex, type Clock } from '../lib/index.ts';
import { LEASE_TTL_MS, withLease, type Store } from '../store/index.ts';
import type { HeldDocument } from './held-document.ts';
import { readHeldPosted, saveAttempt, saveBegun, savePutUp, type HeldPosted } from './store.ts';

/** After a first failure; twice as long after each further one … */
const REST_MS = 5_000;
/** … and at most. It is never given up: what is up is how things are now. */
const REST_MAX_MS = 15 * 60_000;
const LEASE = 'held-webhook';

/** The database and the clock. */
export interface HeldPlace {
  store: Store;
  clock: Clock;
}

/**
 * Puts the held list up for the webhook when it says something else than the last one, or another address is to hear
 * it. A list that nobody has answered yet stays up until somebody does, so that each is heard at least once; what
 * changed meanwhile comes with the next. Versions only grow, also over a restored backup. True when it was put up.
 */
export async function putUpHeld(
  { store, clock }: HeldPlace,
  webhook: HeldWebhook,
  document: HeldDocument,
): Promise<boolean> {
  const digest = `${webhook.receiver} ${sha256Hex(JSON.stringify(document))}`;
  return store.write(async (tx) => {
    const before = await readHeldPosted(tx);
    if (before !== null && (before.digest === digest || isUnheard(before, webhook))) return false;
    const madeAtMs = clock.nowMs();
    const version = Math.max(madeAtMs, (before?.version ?? 0) + 1);
    const body = JSON.stringify({ version, madeAt: new Date(madeAtMs).toISOString(), ...document });
    await savePutUp(tx, { version, body, digest, madeAtMs });
    return true;
  });
}

/** Tried, and perhaps on its way: something newer must not overtake it. */
const isUnheard = ({ attempts, answered, digest }: HeldPosted, { receiver }: HeldWebhook): boolean =>
  attempts > 0 && !answered && digest.startsWith(`${receiver} `);

/** What came of looking at what is up. */
export type PostOutcome = 'nothing-due' | 'busy' | 'delivered' | 'failed';

/**
 * Tries once to deliver what is up, if it is due; no two processes at the same time. Never throws for what the
 * receiver does.
 */
export async function postDueHeld(place: HeldPlace, webhook: HeldWebhook): Promise<PostOutcome> {
  if (!isDue(await readHeldPosted(place.store.reader), place.clock.nowMs())) return 'nothing-due';
  try {
    const options = { ttlMs: LEASE_TTL_MS, waitMs: 0 };
    return await withLease(place.store, place.clock, LEASE, options, ({ store }) =>
      tryOnce({ ...place, store }, webhook),
    );
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'LEASE_TAKEN') return 'busy';
    throw error;
  }
}

const isDue = (posted: HeldPosted | null, nowMs: number): posted is HeldPosted =>
  posted !== null && posted.deliveredAtMs === null && posted.nextAttemptAtMs <= nowMs;

async function tryOnce({ store, clock }: HeldPlace, webhook: HeldWebhook): Promise<PostOutcome> {
  // Read again: another process may have delivered it just before.
  const posted = await store.write(async (tx) => {
    const found = await readHeldPosted(tx);
    if (!isDue(found, clock.nowMs())) return null;
    await saveBegun(tx, found.version);
    return found;
  });
  if (posted === null) return 'nothing-due';
  const { version, body } = posted;
  const failure = await webhook.post({ id: `held-${version}`, body }).then(
    () => null,
    (error: unknown) => error,
  );
  const nowMs = clock.nowMs();
  const outcome =
    failure === null
      ? { answered: true, deliveredAtMs: nowMs, nextAttemptAtMs: nowMs, lastError: '' }
      : failed(failure, posted.attempts, nowMs);
  await store.write((tx) => saveAttempt(tx, version, outcome));
  return failure === null ? 'delivered' : 'failed';
}

function failed(error: unknown, attempts: number, nowMs: number) {
  const restMs = Math.min(REST_MAX_MS, REST_MS * 2 ** Math.min(attempts, 20));
  const askedMs = error instanceof PlatformError ? Math.min(error.retryAfterMs ?? 0, REST_MAX_MS) : 0;
  return {
    answered: error instanceof PlatformError && error.status !== undefined,
    deliveredAtMs: null,
    nextAttemptAtMs: nowMs + Math.max(restMs, askedMs),
    lastError: error instanceof Error ? error.message : String(error),
  };
}
