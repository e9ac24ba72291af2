import type { App } from '../app.ts';
import { HoldfastError, type Day } from '../domain/index.ts';
import { readFacts } from '../facts/index.ts';
import type { Connection } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Book } from '../whatif/index.ts';
import { asOfDay } from './as-of.ts';

/** Companies with their customers as a policy sees them, and those that have no figures now. */
export interface PolicyBooks {
  books: { connection: Connection; book: Book }[];
  skipped: { connection: Connection; because: string }[];
}

/** Reads the facts of each connection. One without figures (never synced, sync unfinished) is left out, not refused. */
export async function readBooks(
  app: App,
  connections: Connection[],
  policy: Policy,
  asked?: Day,
): Promise<PolicyBooks> {
  const found: PolicyBooks = { books: [], skipped: [] };
  for (const connection of connections) {
    const { id, name, baseCurrency } = connection;
    try {
      const asOf = asOfDay(app, connection, asked);
      const { facts } = await readFacts(app.store.reader, connection, policy, asOf);
      found.books.push({ connection, book: { name: `${name} (${id})`, baseCurrency, asOf, facts } });
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.kind !== 'state') throw error;
      found.skipped.push({ connection, because: error.message });
    }
  }
  return found;
}
