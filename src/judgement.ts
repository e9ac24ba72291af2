import type { App } from './app.ts';
import { readExclusions } from './cases/index.ts';
import {
  DecisionsSaving,
  decideHolds,
  decideStandings,
  readHolds,
  readStandingsBefore,
  saveHold,
  settledDrifts,
  type DecisionBasis,
  type Hold,
  type HoldWish,
  type StandingDecision,
} from './decisions/index.ts';
import type { CustomerId, Day } from './domain/index.ts';
import { FactsSaving, eachFacts, readFacts, type CustomerFacts, type FactsOfDay } from './facts/index.ts';
import { keepHeapSmall } from './lib/index.ts';
import type { Connection } from './mirror/index.ts';
import { savePolicyVersion, type Policy } from './policy/index.ts';
import {
  dueReminders,
  readReminderPast,
  saveEpisodes,
  type Episode,
  type ReminderInput,
  type ReminderPlan,
} from './reminders/index.ts';
import { evaluate, type Flag, type RuleName } from './rules/index.ts';
import type { Reader, Tx } from './store/index.ts';

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
  const known = await readKnown(reader, connection, policy);
  return judgeFacts(known, day, await readStandingsBefore(reader, connection.id, asOf));
}

/** What everybody is judged by, beside facts. */
interface Known {
  connection: Connection;
  policy: Policy;
  excluded: ReadonlySet<CustomerId>;
  holds: ReadonlyMap<CustomerId, Hold>;
  past: Pick<ReminderInput, 'episodes' | 'episodeCounts' | 'history'>;
}

async function readKnown(reader: Reader, connection: Connection, policy: Policy): Promise<Known> {
  const excluded = new Set((await readExclusions(reader, connection.id)).keys());
  const holds = await readHolds(reader, connection.id);
  return { connection, policy, excluded, holds, past: await readReminderPast(reader, connection.id) };
}

function judgeFacts(
  { connection, policy, excluded, holds, past }: Known,
  day: FactsOfDay,
  before: Parameters<typeof decideStandings>[2],
): Judgement {
  const flags = evaluate(day.facts, policy);
  const standings = decideStandings(day.facts, flags, before, policy);
  const wishes = decideHolds(day.facts, standings, holds, policy).filter(
    (wish) => !excluded.has(wish.customerId),
  );
  const reminders = dueReminders({ facts: day.facts, policy, asOf: day.asOf, excluded, ...past });
  return { connection, policy, day, flags, standings, wishes, reminders };
}

/** What is left of a judgement when it is written down: what must be told and done. */
export interface JudgedNight {
  connection: Connection;
  policy: Policy;
  asOf: Day;
  run: number;
  /** How many customers were judged, and how many of them are active. */
  customers: number;
  activeCustomers: number;
  /** Number of flags by rule. */
  flags: Partial<Record<RuleName, number>>;
  /** Standings that are not what they were. */
  changes: StandingDecision[];
  wishes: HoldWish[];
  reminders: Pick<ReminderPlan, 'due' | 'tasks'>;
  /** Of whomever the above speaks. */
  names: Map<CustomerId, string>;
  /** Facts without their documents, for looking for what of the policy fits nobody; empty where nothing could not fit. */
  slimFacts: CustomerFacts[];
}

/** What is left of a judgement that was made in one piece. */
export function summarise(judgement: Judgement): JudgedNight {
  const night = emptyNight(judgement.connection, judgement.policy, judgement.day);
  takeIn(night, judgement);
  return night;
}

/**
 * Judges everybody of a connection and writes it down, some customers at a time, so that it takes as little memory for
 * tens of thousands as for hundreds. Each part is whole families and groups and is committed by itself; a judgement
 * that was cut short is made again from the start, and changes nothing of what it wrote already.
 */
export async function judgeAndSave(app: App, connection: Connection, asOf: Day): Promise<JudgedNight> {
  // For the rest of the process, which is a night's own or a command's.
  keepHeapSmall();
  const { store } = app;
  const policy = app.policy();
  const nowMs = app.clock.nowMs();
  const known = await readKnown(store.reader, connection, policy);
  const forgotten = new Map(known.past.episodes);
  let writing: Writing | null = null;
  await eachFacts(store.reader, connection, policy, asOf, { knownAtMs: nowMs }, async (part, then) => {
    const ids = part.facts.map(({ customer }) => customer.id);
    const before = await readStandingsBefore(then, connection.id, asOf, ids);
    const judgement = judgeFacts(pastOf(ids, known, forgotten), part, before);
    writing ??= await beginWriting(app, judgement, nowMs);
    await writePart(app, writing, judgement, known);
    takeIn(writing.night, judgement);
  });
  // Nobody answers any more for who is gone.
  return endWriting(app, writing, [...forgotten.values()]);
}

/** What was known of some customers' reminders; their episodes leave `forgotten`. */
function pastOf(ids: readonly CustomerId[], known: Known, forgotten: Map<CustomerId, Episode>): Known {
  const episodes = new Map<CustomerId, Episode>();
  for (const id of ids) {
    const episode = forgotten.get(id);
    if (episode !== undefined) episodes.set(id, episode);
    forgotten.delete(id);
  }
  return { ...known, past: { ...known.past, episodes } };
}

/** A judgement while it is written down. */
interface Writing {
  night: JudgedNight;
  saving: FactsSaving;
  decisions: DecisionsSaving;
  basis: DecisionBasis;
}

async function beginWriting({ store }: App, judgement: Judgement, nowMs: number): Promise<Writing> {
  const { connection, policy, day } = judgement;
  const basis = { connectionId: connection.id, asOf: day.asOf, run: day.run, policy, nowMs };
  return store.write(async (tx) => {
    await savePolicyVersion(tx, policy, nowMs);
    const saving = await FactsSaving.begin(tx, connection, day);
    return {
      night: emptyNight(connection, policy, day),
      saving,
      decisions: new DecisionsSaving(basis),
      basis,
    };
  });
}

async function writePart(
  { store }: App,
  writing: Writing,
  judgement: Judgement,
  known: Known,
): Promise<void> {
  const { basis, decisions, saving } = writing;
  const { connection, day, flags, standings, reminders } = judgement;
  await store.write(async (tx) => {
    await saving.add(tx, day.facts);
    await decisions.add(tx, flags, standings);
    await saveEpisodes(tx, connection.id, reminders.opened, reminders.closed, day.asOf);
    await settleDrifts(tx, basis, standings, known);
  });
}

/** Holds that a person took away and that nothing asks for any more are over. */
async function settleDrifts(
  tx: Tx,
  { connectionId, nowMs }: DecisionBasis,
  standings: StandingDecision[],
  { holds, policy }: Known,
): Promise<void> {
  if (settledDrifts(standings, holds, policy).length === 0) return;
  // As they are now: whoever approved something meanwhile is not overruled.
  const current = await readHolds(tx, connectionId);
  for (const customerId of settledDrifts(standings, current, policy)) {
    const episode = current.get(customerId)?.episode ?? 1;
    await saveHold(tx, connectionId, { customerId, episode, state: 'off' }, nowMs, 'the cause is gone');
  }
}

async function endWriting({ store }: App, writing: Writing | null, closed: Episode[]): Promise<JudgedNight> {
  if (writing === null) throw new TypeError('A judgement has one part at least.');
  const { night, saving, decisions, basis } = writing;
  await store.write(async (tx) => {
    await decisions.end(tx);
    await saving.end(tx);
    await saveEpisodes(tx, basis.connectionId, [], closed, basis.asOf);
  });
  return sortByName(night);
}

/** In the order in which people look for customers, and messages leave, whatever part they were in. */
function sortByName(night: JudgedNight): JudgedNight {
  const keyOf = (id: CustomerId): string => `${night.names.get(id) ?? ''}\n${id}`;
  const by = <T>(some: T[], whose: (one: T) => CustomerId): void => {
    some.sort((a, b) => (keyOf(whose(a)) < keyOf(whose(b)) ? -1 : 1));
  };
  by(night.changes, ({ customerId }) => customerId);
  by(night.wishes, ({ customerId }) => customerId);
  by(night.reminders.due, ({ billTo }) => billTo);
  by(night.reminders.tasks, ({ billTo }) => billTo);
  return night;
}

function emptyNight(connection: Connection, policy: Policy, { asOf, run }: FactsOfDay): JudgedNight {
  return {
    connection,
    policy,
    asOf,
    run,
    customers: 0,
    activeCustomers: 0,
    flags: {},
    changes: [],
    wishes: [],
    reminders: { due: [], tasks: [] },
    names: new Map(),
    slimFacts: [],
  };
}

/** Adds what a part says to what is left of the whole. */
function takeIn(night: JudgedNight, { policy, day, flags, standings, wishes, reminders }: Judgement): void {
  night.customers += day.facts.length;
  night.activeCustomers += day.facts.filter(({ customer }) => customer.status === 'active').length;
  for (const { rule } of flags) night.flags[rule] = (night.flags[rule] ?? 0) + 1;
  const changes = standings.filter(({ changed }) => changed);
  append(night.changes, changes);
  append(night.wishes, wishes);
  append(night.reminders.due, reminders.due);
  append(night.reminders.tasks, reminders.tasks);
  const named = new Set<CustomerId>([...changes, ...wishes].map(({ customerId }) => customerId));
  for (const { billTo } of [...reminders.due, ...reminders.tasks]) named.add(billTo);
  for (const { customer } of day.facts)
    if (named.has(customer.id)) night.names.set(customer.id, customer.name);
  if (policy.segments.length + policy.overrides.length > 0) append(night.slimFacts, day.facts.map(slim));
}

/** Not by push(...more), which ends the process when there are more than its stack can take. */
function append<T>(all: T[], more: readonly T[]): void {
  for (const one of more) all.push(one);
}

function slim(facts: CustomerFacts): CustomerFacts {
  const bare = <T extends CustomerFacts['total']>(position: T): T => ({
    ...position,
    invoices: [],
    credits: [],
    byCurrency: [],
    buckets: [],
    conversions: [],
  });
  const total = bare(facts.total);
  return { ...facts, own: total, total };
}
