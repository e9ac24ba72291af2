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
  readStandings,
  saveDecisions,
  saveHold,
  settledDrifts,
  type HoldWish,
  type StandingDecision,
} from './decisions/index.ts';
import { dayAt, type ConnectionId, type Day, type PlatformSession } from './domain/index.ts';
import { readFacts, saveFacts, type FactsOfDay } from './facts/index.ts';
import {
  readConnection,
  replaceFileRates,
  syncConnection,
  type Connection,
  type SyncProgress,
  type SyncSummary,
} from './mirror/index.ts';
import { dispatch, planEffects, type DispatchSummary, type PlanSummary } from './outbox/index.ts';
import { savePolicyVersion, type Policy } from './policy/index.ts';
import { dueReminders, readReminderPast, saveEpisodes, type ReminderPlan } from './reminders/index.ts';
import { evaluate, type Flag } from './rules/index.ts';
import { withLease } from './store/index.ts';

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
}

const LEASE = { ttlMs: 4 * 3_600_000, waitMs: 0 };

/** The night of one connection: sync → facts → rules → decisions + reminders → outbox. Safe to run again. */
export async function runNight(
  app: App,
  id: ConnectionId,
  options: NightOptions = {},
): Promise<NightSummary> {
  const { store, clock } = app;
  return withLease(store, clock, `night:${id}`, LEASE, async () => {
    const before = await readConnection(store.reader, id);
    const asOf = dayAt(clock.nowMs(), before.timeZone);
    await store.write((tx) => beginNight(tx, id, asOf, clock.nowMs()));
    try {
      const session = await app.openSession(before);
      const sync = await syncConnection(store, clock, before, session, options);
      const connection = await readConnection(store.reader, id);
      await takeRatesFile(app, connection);
      const drifted = await noticeHoldDrift(app, connection, session);
      const judgement = await judge(app, connection, asOf);
      const plan = await recordDecisions(app, judgement);
      const dispatched = await dispatch(app.outbox(), connection, {
        kinds: ['hold.place', 'hold.release', 'note'],
      });
      const summary = { connection, asOf, sync, judgement, plan, dispatched, drifted: drifted.length };
      await store.write((tx) => endNight(tx, id, asOf, 'done', clock.nowMs(), brief(summary)));
      return summary;
    } catch (error) {
      await store.write((tx) =>
        endNight(tx, id, asOf, 'failed', clock.nowMs(), { error: (error as Error).message }),
      );
      throw error;
    }
  });
}

/** The deciding half of a night, on the mirror as it is: nothing is fetched and nothing carried out. */
export async function decideOnly(
  app: App,
  connection: Connection,
): Promise<{ judgement: Judgement; plan: PlanSummary }> {
  const { store, clock } = app;
  return withLease(store, clock, `night:${connection.id}`, LEASE, async () => {
    const judgement = await judge(app, connection, dayAt(clock.nowMs(), connection.timeZone));
    return { judgement, plan: await recordDecisions(app, judgement) };
  });
}

/** Facts, flags, standings, holds and reminders of a day, computed and not written down. */
export async function judge(app: App, connection: Connection, asOf: Day): Promise<Judgement> {
  const { reader } = app.store;
  const policy = app.policy();
  const day = await readFacts(reader, connection, policy, asOf);
  const flags = evaluate(day.facts, policy);
  const standings = decideStandings(day.facts, flags, await readStandings(reader, connection.id), policy);
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
  await app.store.write((tx) => replaceFileRates(tx, connection.id, own));
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

async function heldByMarker(app: App, connection: Connection) {
  const day = await readFacts(
    app.store.reader,
    connection,
    app.policy(),
    dayAt(app.clock.nowMs(), connection.timeZone),
  );
  return day.facts.filter((facts) => facts.customer.holdMarker !== null).map((facts) => facts.customer.id);
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
