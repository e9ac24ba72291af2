import { existsSync, readFileSync } from 'node:fs';
import type { App } from './app.ts';
import { parseRates, readExclusions } from './cases/index.ts';
import {
  beginNight,
  decideHolds,
  decideStandings,
  endNight,
  noticeDrift,
  readHolds,
  readLastNights,
  readStandingsBefore,
  saveDecisions,
  saveHold,
  settledDrifts,
  type HoldWish,
  type StandingDecision,
} from './decisions/index.ts';
import { HoldfastError, dayAt } from './domain/index.ts';
import type { ConnectionId, CustomerId, Day, PlatformSession, SyncForecast } from './domain/index.ts';
import { compareBalances, readFacts, saveFacts, saveReconciliation, type FactsOfDay } from './facts/index.ts';
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
import { savePolicyVersion, type Policy } from './policy/index.ts';
import { dueReminders, readReminderPast, saveEpisodes, type ReminderPlan } from './reminders/index.ts';
import { evaluate, type Flag } from './rules/index.ts';
import { findInBooks } from './whatif/index.ts';
import { LEASE_TTL_MS, isLeaseLost, readLeaseHolder, withLease, type Reader } from './store/index.ts';

/** What the pure stages say of one connection on one day. */
export interface Judgement {
  connection: Connection;
  policy: Policy;
  day: FactsOfDay;
  flags: Flag[];
  standings: StandingDecision[];
  wishes: HoldWish[];
  reminders: ReminderPlan;
}

export interface NightSummary {
  connection: Connection;
  asOf: Day;
  sync: SyncSummary;
  judgement: Judgement;
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
      const judgement = await judge(held, connection, asOf);
      await warnOfMisfits(held, judgement);
      const plan = await recordDecisions(held, judgement);
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
async function warnOfMisfits({ store, log }: App, { connection, policy, day }: Judgement): Promise<void> {
  const { id, name, baseCurrency } = connection;
  const live = (await readConnections(store.reader)).filter(({ state }) => state !== 'disconnected');
  const book = { name: `${name} (${id})`, baseCurrency, asOf: day.asOf, facts: day.facts };
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
): Promise<{ judgement: Judgement; plan: PlanSummary }> {
  return asNight(app, connection.id, async (held) => {
    const judgement = await judge(held, connection, dayAt(app.clock.nowMs(), connection.timeZone));
    return { judgement, plan: await recordDecisions(held, judgement) };
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

/** What a judgement needs: the database to read, and the policy. An App is one. */
export interface Bench {
  store: { reader: Reader };
  /** What people note while it judges is not taken in; without one, all of the day is. */
  clock?: { nowMs(): number };
  policy(): Policy;
}

/** Facts, flags, standings, holds and reminders of a day, computed and not written down. */
export async function judge(bench: Bench, connection: Connection, asOf: Day): Promise<Judgement> {
  const { reader } = bench.store;
  const policy = bench.policy();
  const moment = bench.clock === undefined ? undefined : { knownAtMs: bench.clock.nowMs() };
  const day = await readFacts(reader, connection, policy, asOf, moment);
  const flags = evaluate(day.facts, policy);
  const before = await readStandingsBefore(reader, connection.id, asOf);
  const standings = decideStandings(day.facts, flags, before, policy);
  const excluded = new Set((await readExclusions(reader, connection.id)).keys());
  const holds = await readHolds(reader, connection.id);
  const wishes = decideHolds(day.facts, standings, holds, policy).filter(
    (wish) => !excluded.has(wish.customerId),
  );
  const past = await readReminderPast(reader, connection.id);
  const reminders = dueReminders({ facts: day.facts, policy, asOf, excluded, ...past });
  return { connection, policy, day, flags, standings, wishes, reminders };
}

/** Writes a judgement down and turns its wishes into intents. The same judgement again changes nothing. */
export async function recordDecisions(app: App, judgement: Judgement): Promise<PlanSummary> {
  const { store, clock } = app;
  const { connection, policy, day, flags, standings, wishes, reminders } = judgement;
  const { asOf, run } = day;
  const nowMs = clock.nowMs();
  await store.write(async (tx) => {
    await savePolicyVersion(tx, policy, nowMs);
    await saveFacts(tx, connection, day);
    await saveDecisions(tx, { connectionId: connection.id, asOf, run, policy, nowMs }, flags, standings);
    await saveEpisodes(tx, connection.id, reminders.opened, reminders.closed, asOf);
    const holds = await readHolds(tx, connection.id);
    for (const customerId of settledDrifts(standings, holds, policy)) {
      const episode = holds.get(customerId)?.episode ?? 1;
      await saveHold(tx, connection.id, { customerId, episode, state: 'off' }, nowMs, 'the cause is gone');
    }
  });
  const customers = day.facts.filter((facts) => facts.customer.status === 'active').length;
  const mailConfigured = app.connectors.mail !== null;
  return planEffects(
    store,
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
    flags: judgement.flags.length,
    planned: plan.planned.length,
    carriedOut: dispatched.lines.length,
  };
}
