import type { ConnectionId, CustomerId, Day } from '../domain/index.ts';
import { readCaseFile, readGroupMates, type CaseFile, type CaseMoment } from '../cases/index.ts';
import {
  concernsEverybody,
  readBookedRates,
  readCustomers,
  readDrafts,
  readLedger,
  readOpenOrders,
  readListedRates,
  readMirrorMoment,
  readQuarantined,
  readRelatives,
  type Connection,
  type KnownRate,
  type LedgerView,
  type MirrorMoment,
  type Moment,
} from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import { inSnapshot, type Reader } from '../store/index.ts';
import { computeFacts, type CustomerFacts, type FactsInput } from './compute-facts.ts';
import { chooseRates } from './rates.ts';

/** What of a policy facts depend on. */
export type FactsPolicy = Pick<Policy, 'rates' | 'exposure'>;

/** Facts of one connection on one day, with the run that they rest on. */
export interface FactsOfDay {
  asOf: Day;
  /** The newest run that the mirror held, hinted ones included. */
  run: number;
  /** Until when what people noted, and rates, were taken in, epoch ms; Infinity = all of it. */
  knownAtMs: number;
  /** When everything was last brought up to date: the end of the last published pull. */
  syncedAtMs: number;
  /** True for days before the first sync's own day, rebuilt from document dates. */
  reconstructed: boolean;
  facts: CustomerFacts[];
}

/**
 * The facts of a day as they were known at its end: by the newest run that was published by then, and by what people
 * had noted. With `moment` by that run, or by what was known until then, whatever the day. Before the first sync they
 * are rebuilt from the dates of documents and say so. Throws NOT_SYNCED before the first sync and SYNC_UNFINISHED
 * while the last one, begun on the day or before, is open or failed.
 */
export async function readFacts(
  reader: Reader,
  connection: Connection,
  policy: FactsPolicy,
  asOf: Day,
  moment?: Moment,
): Promise<FactsOfDay> {
  return factsOf(await inSnapshot(reader, (then) => readInput(then, connection, policy, asOf, moment)));
}

/**
 * As readFacts, of some customers with all their relatives and the members of their groups, and of nobody else: what
 * is asked for is the same as readFacts gives, to the byte, and takes as long as they have documents.
 * `booked`: the rates booked on documents of the run's and the day's state, for who asks again and again.
 */
export async function readFactsAround(
  reader: Reader,
  connection: Connection,
  policy: FactsPolicy,
  asOf: Day,
  customerIds: readonly CustomerId[],
  moment?: Moment,
  booked?: readonly KnownRate[],
): Promise<FactsOfDay> {
  return factsOf(
    await inSnapshot(reader, (then) =>
      readInput(then, connection, policy, asOf, moment, customerIds, booked),
    ),
  );
}

/** What readFacts computes facts from, for whoever wants to change something of it first. Throws as readFacts does. */
export async function readFactsInput(
  reader: Reader,
  connection: Connection,
  policy: FactsPolicy,
  asOf: Day,
): Promise<FactsInput> {
  return inSnapshot(
    reader,
    async (then) => (await readInput(then, connection, policy, asOf, undefined)).input,
  );
}

interface Read {
  at: MirrorMoment;
  input: FactsInput;
}

/** Computes what was read. */
export function factsOf({ at, input }: Read): FactsOfDay {
  return {
    asOf: input.asOf,
    run: at.run,
    knownAtMs: at.knownAtMs,
    syncedAtMs: at.syncedAtMs,
    reconstructed: at.rebuilt,
    facts: computeFacts(input),
  };
}

/** All that the facts of a day are computed from: of everybody, or of some and who hangs together with them. */
export async function readInput(
  reader: Reader,
  connection: Connection,
  { rates, exposure }: FactsPolicy,
  asOf: Day,
  moment: Moment | undefined,
  customerIds?: readonly CustomerId[],
  booked?: readonly KnownRate[],
): Promise<Read> {
  const { id, baseCurrency } = connection;
  const at = await readMirrorMoment(reader, connection, asOf, moment);
  const of = { asOf, knownAtMs: at.knownAtMs };
  const only = customerIds === undefined ? undefined : await readCircle(reader, id, at, of, customerIds);
  const view: LedgerView = { asOf, run: at.stateRun, rebuilt: at.rebuilt, only };
  const customers = await readCustomers(reader, id, view);
  const { limits, ...notes }: CaseFile = await readCaseFile(reader, id, of, only);
  const documents = await readDocuments(reader, connection, exposure, view);
  const known = await readKnownRates(reader, connection, at, of, {
    needed: only === undefined ? undefined : currenciesOf(documents, baseCurrency),
    booked,
  });
  const input: FactsInput = {
    asOf,
    baseCurrency,
    customers,
    ...documents,
    exposure,
    limits,
    notes,
    rates: chooseRates(known, asOf, rates.maximumAgeDays, rates.order),
    incomplete: await readIncomplete(reader, id, at),
  };
  return { at, input };
}

/** Open documents of a day, those that the policy does not count left out. */
export async function readDocuments(
  reader: Reader,
  connection: Connection,
  exposure: FactsPolicy['exposure'],
  view: LedgerView,
): Promise<Documents> {
  const { id } = connection;
  const { invoices, credits } = await readLedger(reader, id, view);
  const drafts = countsDrafts(connection, exposure) ? await readDrafts(reader, id, view) : [];
  const orders =
    exposure.orders.weightPercent > 0
      ? await readOpenOrders(reader, id, view, view.rebuilt ? view.asOf : undefined)
      : [];
  return { invoices, credits, drafts, orders };
}

/** What somebody owes, or is about to. */
export type Documents = Pick<FactsInput, 'invoices' | 'credits' | 'drafts' | 'orders'>;

/** Foreign currencies of documents: looking for rates that nobody needs would take longer than all the rest. */
function currenciesOf(documents: Documents, baseCurrency: string): Set<string> {
  const all = [documents.invoices, documents.credits, documents.drafts, documents.orders];
  const currencies = new Set(all.flatMap((some) => some.map(({ currency }) => currency)));
  currencies.delete(baseCurrency);
  return currencies;
}

/** Listed rates and booked ones; of `needed` currencies alone, and booked ones as somebody read them before. */
export async function readKnownRates(
  reader: Reader,
  connection: Connection,
  { stateRun, knownAtMs }: MirrorMoment,
  { asOf }: CaseMoment,
  { needed, booked }: { needed: ReadonlySet<string> | undefined; booked: readonly KnownRate[] | undefined },
): Promise<KnownRate[]> {
  if (needed?.size === 0) return [];
  return [
    ...(await readListedRates(reader, connection.id, asOf, knownAtMs)),
    ...(booked ?? (await readBookedRates(reader, connection, asOf, stateRun, needed))),
  ];
}

/** QuickBooks knows no drafts: what is not to be sent yet is open there like the rest. */
const countsDrafts = ({ platform }: Connection, exposure: FactsPolicy['exposure']): boolean =>
  platform === 'xero' && exposure.drafts.weightPercent > 0;

/** Some customers, everybody that they are merged with or belong to, and the same of the members of their groups. */
async function readCircle(
  reader: Reader,
  id: ConnectionId,
  { stateRun }: MirrorMoment,
  moment: CaseMoment,
  customerIds: readonly CustomerId[],
): Promise<CustomerId[]> {
  let circle = await readRelatives(reader, id, customerIds, stateRun);
  for (;;) {
    const members = await readGroupMates(reader, id, moment, circle);
    const wider = await readRelatives(reader, id, [...circle, ...members], stateRun);
    if (wider.length === circle.length) return circle;
    circle = wider;
  }
}

/** Whose figures cannot be trusted: customers with a row in quarantine, everybody when it may be anybody's. */
export async function readIncomplete(
  reader: Reader,
  id: ConnectionId,
  { stateRun }: MirrorMoment,
): Promise<FactsInput['incomplete']> {
  const quarantined = await readQuarantined(reader, id, stateRun);
  if (quarantined.some(concernsEverybody)) return 'everybody';
  return new Set(quarantined.flatMap((row) => (row.customerId === null ? [] : [row.customerId])));
}
