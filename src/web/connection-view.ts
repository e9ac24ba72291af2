import type { App } from '../app.ts';
import { readHoldSummary, readLastNights, type Night } from '../decisions/index.ts';
import { HoldfastError, type ConnectionId, type SyncForecast } from '../domain/index.ts';
import { readReconciliationSummary, type ReconciliationSummary } from '../facts/index.ts';
import {
  countQuarantined,
  readConnections,
  readCustomerNames,
  readLastRun,
  readPublishedRun,
  readSweep,
  type Connection,
  type Run,
  type Sweep,
  type SyncProgress,
} from '../mirror/index.ts';
import { isNightUnderWay } from '../nightly.ts';
import { countIntents, countIntentsOfDay, readIntents, staleness } from '../outbox/index.ts';
import type { Intent, IntentCount, IntentKind } from '../outbox/index.ts';
import { ROWS_MAX } from './books.ts';
import type { BooksKeeper, ShownBooks } from './books-keeper.ts';
import { readCallsToday, type CallsToday } from './calls-today.ts';
import { readConsentEnd, type ConsentEnd } from './consent-end.ts';

/** So many names of customers on hold are shown. */
const NAMES_MAX = 6;

/** Effects that one night decided on, of one kind. */
export interface NightEffects {
  done: number;
  /** Ready, but its window is not open yet or a gate holds it. */
  waiting: number;
  proposed: number;
  /** Its outcome is being looked for, or a person must say. */
  doubtful: number;
  /** Refused, expired, rejected or taken back. */
  dropped: number;
}

export interface NightView {
  night: Night;
  /** Some process is at it now. */
  isUnderWay: boolean;
  placed: NightEffects;
  released: NightEffects;
  reminders: NightEffects;
}

/** How far a sync of this process is. */
export interface LiveSync {
  progress: SyncProgress | null;
  /** Before a first sync. */
  forecast: SyncForecast | null;
}

/** How well the mirror is known to be what the platform has. */
export interface DataHealth {
  balances: ReconciliationSummary | null;
  quarantined: number;
  sweep: Sweep | null;
  calls: CallsToday | null;
  /** Null unless the consent ends soon. */
  consentEnd: ConsentEnd | null;
}

/** Everything a page shows of one connection. */
export interface ConnectionView extends ShownBooks {
  connection: Connection;
  published: Run | null;
  /** The newest run when it is not the published one: open or failed. */
  unfinished: Run | null;
  live: LiveSync | null;
  night: NightView | null;
  /** Why the mirror is too old to act on; null when it is fresh, or when something else is wrong first. */
  stale: string | null;
  data: DataHealth;
  /** Customers that carry our hold on the platform: how many, and the newest by name. */
  held: { count: number; names: string[] };
  /** Taken off on the platform by somebody while its cause lasts. */
  drifted: number;
  proposals: IntentCount[];
  /** The first of those that a person must answer for. */
  needPerson: Intent[];
  needPersonCount: number;
}

/** What views are read with. */
export interface ViewSource {
  app: App;
  keeper: BooksKeeper;
  liveOf: (id: ConnectionId) => LiveSync | null;
}

/** All connections as they stand now, the disconnected ones last. */
export async function readConnectionViews(source: ViewSource): Promise<ConnectionView[]> {
  const connections = await readConnections(source.app.store.reader);
  // At once, because each may wait a moment for its figures.
  const views = await Promise.all(connections.map((connection) => readConnectionView(source, connection)));
  const isGone = (view: ConnectionView): number => (view.connection.state === 'disconnected' ? 1 : 0);
  return views.sort((a, b) => isGone(a) - isGone(b));
}

/** Every question here is answered by an index, however large the company is; what is not, the keeper's thread does. */
export async function readConnectionView(
  { app, keeper, liveOf }: ViewSource,
  connection: Connection,
): Promise<ConnectionView> {
  const { reader } = app.store;
  const { id } = connection;
  const published = await readPublishedRun(reader, id);
  const last = await readLastRun(reader, id);
  const night = (await readLastNights(reader)).find((one) => one.connectionId === id) ?? null;
  const shown = await keeper.read({ connection, published, last, night });
  const holds = await readHoldSummary(reader, id, NAMES_MAX);
  const names = await readCustomerNames(reader, id, holds.newest);
  const live = await countIntents(reader, id, ['proposed', 'person']);
  return {
    ...shown,
    connection,
    published,
    unfinished: last?.number === published?.number ? null : last,
    live: last?.state === 'open' ? liveOf(id) : null,
    night: night === null ? null : await readNight(app, night),
    stale: shown.problem === null && published !== null ? await readStale(app, connection) : null,
    data: await readData(app, connection),
    held: { count: holds.on, names: holds.newest.map((customer) => names.get(customer) ?? customer) },
    drifted: holds.drifted,
    proposals: live.filter((one) => one.state === 'proposed'),
    needPerson: await readIntents(reader, { connectionId: id, states: ['person'], limit: ROWS_MAX }),
    needPersonCount: sum(live.filter((one) => one.state === 'person')),
  };
}

async function readStale(app: App, connection: Connection): Promise<string | null> {
  if (connection.state !== 'active') return null;
  try {
    return await staleness(app.store.reader, connection, app.policy(), app.clock.nowMs());
  } catch (error) {
    // A policy that broke just now is shown as the problem at the next look.
    if (error instanceof HoldfastError) return null;
    throw error;
  }
}

async function readData(app: App, connection: Connection): Promise<DataHealth> {
  const { reader } = app.store;
  return {
    balances: await readReconciliationSummary(reader, connection.id),
    quarantined: await countQuarantined(reader, connection.id),
    sweep: await readSweep(reader, connection.id),
    calls: await readCallsToday(app, connection),
    consentEnd: await readConsentEnd(app, connection),
  };
}

async function readNight(app: App, night: Night): Promise<NightView> {
  const { connectionId, day } = night;
  const decided = await countIntentsOfDay(app.store.reader, connectionId, day);
  const of = (kind: IntentKind): NightEffects => tally(decided.filter((one) => one.kind === kind));
  return {
    night,
    isUnderWay: night.state === 'running' && (await isNightUnderWay(app, connectionId)),
    placed: of('hold.place'),
    released: of('hold.release'),
    reminders: of('reminder'),
  };
}

export const sum = (counts: IntentCount[]): number => counts.reduce((all, one) => all + one.count, 0);

function tally(counts: IntentCount[]): NightEffects {
  const within = (...states: Intent['state'][]): number =>
    sum(counts.filter((one) => states.includes(one.state)));
  return {
    done: within('done'),
    waiting: within('ready'),
    proposed: within('proposed'),
    doubtful: within('attempting', 'unknown', 'person'),
    dropped: within('refused', 'expired', 'rejected', 'superseded'),
  };
}
