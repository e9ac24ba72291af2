import { existsSync, readFileSync } from 'node:fs';
import type { App } from './app.ts';
import { parseRates } from './cases/index.ts';
import { beginNight, endNight, noticeDrift, readHolds, readLastNights } from './decisions/index.ts';
import { HoldfastError, dayAt } from './domain/index.ts';
import type { ConnectionId, CustomerId, Day, PlatformSession, SyncForecast } from './domain/index.ts';
import { judgeAndSave, type JudgedNight } from './judgement.ts';
import { compareBalances, saveReconciliation } from './facts/index.ts';
import {
  assertActive,
  readConnection,
  readConnections,
  readCustomers,
  readNewExpiries,
  readTokenSet,
  replaceFileRates,
  syncConnection,
  type Connection,
  type SyncOptions,
  type SyncProgress,
  type SyncSummary,
} from './mirror/index.ts';
import { dispatch, planEffects, type DispatchSummary, type PlanSummary } from './outbox/index.ts';
import { findInBooks } from './whatif/index.ts';
import { LEASE_TTL_MS, isLeaseLost, readLeaseHolder, withLease } from './store/index.ts';

export { judge, judgeAndSave, summarise, type Bench, type JudgedNight, type Judgement } from './judgement.ts';

export interface NightSummary {
  connection: Connection;
  asOf: Day;
  sync: SyncSummary;
  judgement: JudgedNight;
  plan: PlanSummary;
  dispatched: DispatchSummary;
  /** Holds of ours that a person took away on the platform. */
  drifted: number;
}

export interface NightOptions {
  onProgress?: (progress: SyncProgress) => void;
  /** Told what a first sync will cost, before it starts. */
  onForecast?: (forecast: SyncForecast) => void;
  /** Ends the night after the page or the effect that it is at, with NIGHT_STOPPED; the next one goes on from there. */
  stop?: AbortSignal;
}

/** For the steps of a night that may be stopped. Throws NIGHT_STOPPED. */
export function assertGoOn(stop: AbortSignal | undefined): void {
  if (stop?.aborted !== true) return;
  throw new HoldfastError('NIGHT_STOPPED', 'Stopped before it was done; the next night goes on from here.', {
    kind: 'state',
    retryable: true,
  });
}

export const isStopped = (error: unknown): boolean =>
  error instanceof HoldfastError && error.code === 'NIGHT_STOPPED';

const LEASE = { ttlMs: LEASE_TTL_MS, waitMs: 0 };

/** The night of one connection: sync → facts → rules → decisions + reminders → outbox. Safe to run again. */
export async function runNight(
  app: App,
  id: ConnectionId,
  options: NightOptions = {},
): Promise<NightSummary> {
  await assertActive(app.store.reader, id);
  return asNight(app, id, async (held) => {
    const { store, clock } = held;
    const before = await readConnection(store.reader, id);
    const asOf = dayAt(clock.nowMs(), before.timeZone);
    await warnOfExpiries(held, before);
    await store.write((tx) => beginNight(tx, id, asOf, clock.nowMs()));
    try {
      const session = await app.openSession(before);
      const sync = await syncConnection(app.store, clock, before, session, {
        ...syncOptions(options),
        orders: countsOrders(app),
      });
      const connection = await readConnection(store.reader, id);
      await takeRatesFile(held, connection);
      await reconcileRun(held, connection);
      const drifted = await noticeHoldDrift(held, connection, session);
      assertGoOn(options.stop);
      const judgement = await judgeAndSave(held, connection, asOf);
      await warnOfMisfits(held, judgement);
      const plan = await planNight(held, judgement);
      const dispatched = await dispatch(app.outbox(), connection, {
        kinds: ['hold.place', 'hold.release', 'note'],
        onProgress: () => assertGoOn(options.stop),
      });
      const summary = { connection, asOf, sync, judgement, plan, dispatched, drifted: drifted.length };
      await store.write((tx) => endNight(tx, id, asOf, 'done', clock.nowMs(), brief(summary)));
      return summary;
    } catch (error) {
      // Whoever took the night over says how it ends; one that was stopped goes on where it is.
      if (isLeaseLost(error) || isStopped(error)) throw error;
      await store.write((tx) =>
        endNight(tx, id, asOf, 'failed', clock.nowMs(), { error: (error as Error).message }),
      );
      throw error;
    }
  });
}

/** Says once per threshold (30, 7, 1 days), in the first night after it, that a consent comes to its end. */
async function warnOfExpiries({ store, clock, key, log }: App, connection: Connection): Promise<void> {
  const nights = await readLastNights(store.reader);
  const sinceMs = nights.find((night) => night.connectionId === connection.id)?.startedAtMs ?? 0;
  const { tokens } = await readTokenSet(store.reader, key, connection.tokenSetId);
  for (const { what, untilMs } of readNewExpiries(tokens, sinceMs, clock.nowMs())) {
    const facts = { connection: connection.id, until: dayAt(untilMs, connection.timeZone) };
    if (what === 'unused') log.warn(facts, 'the consent ends unless a sync renews it');
    else log.warn(facts, 'the consent ends for good: the company must be connected again before');
  }
}

/** What of the policy means nobody, or too many, in these books. It stops no night; `holdfast policy check` refuses it. */
async function warnOfMisfits(
  { store, log }: App,
  { connection, policy, asOf, slimFacts }: JudgedNight,
): Promise<void> {
  const { id, name, baseCurrency } = connection;
  const live = (await readConnections(store.reader)).filter(({ state }) => state !== 'disconnected');
  const book = { name: `${name} (${id})`, baseCurrency, asOf, facts: slimFacts };
  for (const { kind, message } of findInBooks(policy, [book], live.length === 1))
    if (kind === 'fault') log.warn({ connection: id, policy: policy.hash }, message);
}

/** Whether accepted quotes count in exposure. A policy that cannot be read stops judging, but no sync. */
export function countsOrders(app: Pick<App, 'policy'>): boolean {
  try {
    return app.policy().exposure.orders.weightPercent > 0;
  } catch (error) {
    if (error instanceof HoldfastError) return false;
    throw error;
  }
}

/** A night may be stopped after each page. */
function syncOptions({ onProgress, onForecast, stop }: NightOptions): SyncOptions {
  return {
    ...(onForecast === undefined ? {} : { onForecast }),
    onProgress: (progress) => {
      assertGoOn(stop);
      onProgress?.(progress);
    },
  };
}

/** The deciding half of a night, on the mirror as it is: nothing is fetched and nothing carried out. */
export async function decideOnly(
  app: App,
  connection: Connection,
): Promise<{ judgement: JudgedNight; plan: PlanSummary }> {
  return asNight(app, connection.id, async (held) => {
    const asOf = dayAt(app.clock.nowMs(), connection.timeZone);
    const judgement = await judgeAndSave(held, connection, asOf);
    return { judgement, plan: await planNight(held, judgement) };
  });
}

/** One night at a time: an app whose every commit makes sure that no other process has taken the night over. */
async function asNight<T>(app: App, id: ConnectionId, work: (held: App) => Promise<T>): Promise<T> {
  return withLease(app.store, app.clock, `night:${id}`, LEASE, ({ store }) => work({ ...app, store }));
}

/** Compares balances with the platform's own, as the run just published brought both, and keeps what came of it. */
export async function reconcileRun(app: App, connection: Connection): Promise<void> {
  const { store, clock } = app;
  const compared = await compareBalances(store.reader, connection, clock.nowMs());
  await store.write((tx) => saveReconciliation(tx, connection.id, compared));
}

/** Whether a living process is at a connection's night just now. */
export async function isNightUnderWay({ store, clock }: App, id: ConnectionId): Promise<boolean> {
  return (await readLeaseHolder(store.reader, clock.nowMs(), `night:${id}`)) !== null;
}

/** Turns what a judgement wishes for into intents. The same judgement again changes nothing. */
export async function planNight(app: App, judgement: JudgedNight): Promise<PlanSummary> {
  const { connection, policy, asOf, run, wishes, reminders, activeCustomers: customers } = judgement;
  const nowMs = app.clock.nowMs();
  const mailConfigured = app.connectors.mail !== null;
  return planEffects(
    app.store,
    { connection, policy, asOf, run, nowMs, customers, mailConfigured },
    wishes,
    reminders.due,
  );
}

/** Takes rates.csv of the data directory over; a file that cannot be read stops the night rather than the rate. */
async function takeRatesFile(app: App, connection: Connection): Promise<void> {
  if (!existsSync(app.config.ratesFile)) return;
  const rates = parseRates(readFileSync(app.config.ratesFile, 'utf8'));
  const own = rates.filter((rate) => rate.base === connection.baseCurrency);
  await app.store.write((tx) => replaceFileRates(tx, connection.id, own, app.clock.nowMs()));
}

/** Compares the holds that we placed with what the platform shows now. */
async function noticeHoldDrift(app: App, connection: Connection, session: PlatformSession) {
  const { store, clock } = app;
  const holds = await readHolds(store.reader, connection.id);
  if (![...holds.values()].some((hold) => hold.state === 'on')) return [];
  const listed = await session.listHeld();
  const held = new Set(listed ?? (await heldByMarker(app, connection)));
  return store.write((tx) => noticeDrift(tx, connection.id, (customer) => held.has(customer), clock.nowMs()));
}

/** QuickBooks: our line stands in the customer's own Notes, which the sync has just brought. */
async function heldByMarker(app: App, connection: Connection): Promise<CustomerId[]> {
  const customers = await readCustomers(app.store.reader, connection.id);
  return customers.filter((customer) => customer.holdMarker !== null).map((customer) => customer.id);
}

function brief(summary: NightSummary): Record<string, unknown> {
  const { sync, judgement, plan, dispatched } = summary;
  return {
    run: sync.run,
    policy: judgement.policy.hash,
    flags: countFlags(judgement),
    planned: plan.planned.length,
    carriedOut: dispatched.lines.length,
  };
}

/** How many flags a judgement found. */
export const countFlags = ({ flags }: Pick<JudgedNight, 'flags'>): number =>
  Object.values(flags).reduce((sum, count) => sum + count, 0);
