import { readPolicyInUse } from '../app.ts';
import { readFlags, readStandings } from '../decisions/index.ts';
import { describeFacts, readReconciliation, readSavedFacts } from '../facts/index.ts';
import { readConnection, type Connection } from '../mirror/index.ts';
import { judge, type Bench } from '../nightly.ts';
import type { Books } from './books.ts';
import type { BooksRequest } from './books-messages.ts';
import { computeBooks } from './compute-books.ts';

type Reader = Bench['store']['reader'];

/** So many differences stand on a page; `holdfast reconcile` lists them all. */
const DIFFERENCES_MAX = 20;

/** Judges a connection, or reads what its last night wrote down, and puts it into the size of a page. */
export async function readBooks(
  reader: Reader,
  policyFile: string,
  { kind, id, asOf }: BooksRequest,
): Promise<Books | null> {
  const connection = await readConnection(reader, id);
  const policy = readPolicyInUse(policyFile);
  if (kind === 'saved') return readSavedBooks(reader, connection, asOf);
  const judgement = await judge({ store: { reader }, policy: () => policy }, connection, asOf);
  const { day, flags, standings, reminders } = judgement;
  return computeBooks({
    currency: connection.baseCurrency,
    asOf,
    run: day.run,
    syncedAtMs: day.syncedAtMs,
    facts: day.facts.map(describeFacts),
    flags,
    standings: new Map(standings.map((one) => [one.customerId, one])),
    tasks: reminders.tasks.map((task) => task.text),
    differences: await readDifferences(reader, connection),
  });
}

/** What the newest judgement wrote down; null when there was none. Tasks are not kept. */
async function readSavedBooks(
  reader: Reader,
  connection: Connection,
  asOf: BooksRequest['asOf'],
): Promise<Books | null> {
  const saved = await readSavedFacts(reader, connection.id, asOf);
  if (saved === null) return null;
  const standings = await readStandings(reader, connection.id);
  return computeBooks({
    currency: connection.baseCurrency,
    asOf: saved.asOf,
    run: saved.run,
    syncedAtMs: saved.publishedAtMs,
    facts: saved.documents,
    flags: await readFlags(reader, connection.id, saved.asOf),
    standings: standings,
    tasks: [],
    differences: await readDifferences(reader, connection),
  });
}

async function readDifferences(reader: Reader, connection: Connection): Promise<Books['differences']> {
  const all = (await readReconciliation(reader, connection.id))?.differences ?? [];
  const apart = (one: (typeof all)[number]): number => Math.abs(one.platformMinor - one.mirrorMinor);
  return all
    .toSorted((a, b) => apart(b) - apart(a))
    .slice(0, DIFFERENCES_MAX)
    .map(({ customerName, currency, mirrorMinor, platformMinor }) => ({
      customer: customerName,
      currency,
      mirrorMinor,
      platformMinor,
    }));
}
