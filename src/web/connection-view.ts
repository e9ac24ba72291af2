import type { App } from '../app.ts';
import { readHolds, readLastNights, type Night } from '../decisions/index.ts';
import { HoldfastError, dayAt, type CustomerId, type Day } from '../domain/index.ts';
import type { Ageing, CustomerFacts } from '../facts/index.ts';
import {
  readConnections,
  readLastRun,
  readPublishedRun,
  type Connection,
  type Run,
} from '../mirror/index.ts';
import { judge, type Judgement } from '../nightly.ts';
import { readIntents, staleness, type Intent, type IntentKind } from '../outbox/index.ts';
import type { Flag } from '../rules/index.ts';
import { compareFlags } from './words.ts';

/** Sums over all customers of a connection, in base minor units. */
export interface Totals {
  exposureMinor: number;
  overdueMinor: number;
  unappliedMinor: number;
  ageing: Ageing;
  /** Customers that are left out of the sums because a rate is missing. */
  leftOut: number;
}

/** What the stages say of a connection today. */
export interface Books {
  asOf: Day;
  judgement: Judgement;
  totals: Totals;
  /** Most severe first. */
  flags: Flag[];
  names: ReadonlyMap<CustomerId, string>;
}

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
  placed: NightEffects;
  released: NightEffects;
  reminders: NightEffects;
}

/** Everything a page shows of one connection. */
export interface ConnectionView {
  connection: Connection;
  published: Run | null;
  /** The newest run when it is not the published one: open or failed. */
  unfinished: Run | null;
  night: NightView | null;
  /** Why the mirror is too old to act on; null when it is fresh, or when something else is wrong first. */
  stale: string | null;
  /** Null before the first sync, or when `problem` says why it cannot be judged. */
  books: Books | null;
  problem: HoldfastError | null;
  /** Names of customers that carry our hold on the platform. */
  held: string[];
  /** Taken off on the platform by somebody while its cause lasts. */
  drifted: number;
  proposals: Intent[];
  needPerson: Intent[];
}

/** All connections as they stand now, the disconnected ones last. */
export async function readConnectionViews(app: App): Promise<ConnectionView[]> {
  const connections = await readConnections(app.store.reader);
  const views: ConnectionView[] = [];
  for (const connection of connections) views.push(await readConnectionView(app, connection));
  const isGone = (view: ConnectionView): number => (view.connection.state === 'disconnected' ? 1 : 0);
  return views.sort((a, b) => isGone(a) - isGone(b));
}

export async function readConnectionView(app: App, connection: Connection): Promise<ConnectionView> {
  const { reader } = app.store;
  const { id } = connection;
  const published = await readPublishedRun(reader, id);
  const last = await readLastRun(reader, id);
  const { books, problem } = published === null ? NOTHING : await readBooks(app, connection);
  const holds = [...(await readHolds(reader, id)).values()];
  const nameOf = (customer: CustomerId): string => books?.names.get(customer) ?? customer;
  const intents = await readIntents(reader, { connectionId: id });
  return {
    connection,
    published,
    unfinished: last?.number === published?.number ? null : last,
    night: await readNight(app, connection, intents),
    stale:
      books === null || connection.state !== 'active'
        ? null
        : await staleness(reader, connection, books.judgement.policy, app.clock.nowMs()),
    books,
    problem,
    held: holds.filter((hold) => hold.state === 'on').map((hold) => nameOf(hold.customerId)),
    drifted: holds.filter((hold) => hold.state === 'drift').length,
    proposals: intents.filter((intent) => intent.state === 'proposed'),
    needPerson: intents.filter((intent) => intent.state === 'person'),
  };
}

type BooksOrProblem = Pick<ConnectionView, 'books' | 'problem'>;

const NOTHING: BooksOrProblem = { books: null, problem: null };

/** A policy that cannot be read must not take the whole page away. */
async function readBooks(app: App, connection: Connection): Promise<BooksOrProblem> {
  const asOf = dayAt(app.clock.nowMs(), connection.timeZone);
  try {
    const judgement = await judge(app, connection, asOf);
    const { facts } = judgement.day;
    return {
      problem: null,
      books: {
        asOf,
        judgement,
        totals: sumFacts(facts),
        flags: judgement.flags.toSorted(compareFlags),
        names: new Map(facts.map((one) => [one.customer.id, one.customer.name])),
      },
    };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { books: null, problem: error };
  }
}

/** Own figures only: a parent's total contains its sub-customers, who are there themselves. */
export function sumFacts(facts: CustomerFacts[]): Totals {
  const ageing = { current: 0, d1_30: 0, d31_60: 0, d61_90: 0, d91: 0 };
  const totals: Totals = { exposureMinor: 0, overdueMinor: 0, unappliedMinor: 0, ageing, leftOut: 0 };
  for (const { own } of facts) {
    if (own.base === null) {
      totals.leftOut += 1;
      continue;
    }
    totals.exposureMinor += own.base.exposureMinor;
    totals.overdueMinor += own.base.overdueMinor;
    totals.unappliedMinor += own.base.unappliedMinor;
    for (const bucket of BUCKETS) ageing[bucket] += own.base.ageing[bucket];
  }
  return totals;
}

export const BUCKETS = ['current', 'd1_30', 'd31_60', 'd61_90', 'd91'] as const;

async function readNight(app: App, connection: Connection, intents: Intent[]): Promise<NightView | null> {
  const nights = await readLastNights(app.store.reader);
  const night = nights.find((one) => one.connectionId === connection.id);
  if (night === undefined) return null;
  const decided = intents.filter((intent) => intent.asOf === night.day);
  const of = (kind: IntentKind): NightEffects => tally(decided.filter((intent) => intent.kind === kind));
  return { night, placed: of('hold.place'), released: of('hold.release'), reminders: of('reminder') };
}

function tally(intents: Intent[]): NightEffects {
  const within = (...states: Intent['state'][]): number =>
    intents.filter((intent) => states.includes(intent.state)).length;
  return {
    done: within('done'),
    waiting: within('ready'),
    proposed: within('proposed'),
    doubtful: within('attempting', 'unknown', 'person'),
    dropped: within('refused', 'expired', 'rejected', 'superseded'),
  };
}
