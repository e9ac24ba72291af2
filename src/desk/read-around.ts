import { HoldfastError, type CustomerId, type Day } from '../domain/index.ts';
import { readFactsAround, type FactsOfDay } from '../facts/index.ts';
import { readFactsRun, readPublishedRun, type Connection } from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Reader } from '../store/index.ts';
import type { RateShelf } from './rate-shelf.ts';

/**
 * Facts of a customer, its family and its groups by the newest published run: while a sync is under way or after one
 * failed, rows are read as they were before it. What people noted counts at once. Throws NOT_SYNCED.
 */
export async function readAround(
  reader: Reader,
  connection: Connection,
  policy: Policy,
  asOf: Day,
  id: CustomerId,
  rates: RateShelf,
): Promise<FactsOfDay> {
  const run = await readFactsRun(reader, connection.id);
  if (run === null || (await readPublishedRun(reader, connection.id)) === null) throw notSynced(connection);
  const moment = { run: run.number, knownAtMs: Infinity };
  const booked = await rates.booked(connection, { asOf, run: run.number });
  return readFactsAround(reader, connection, policy, asOf, [id], moment, booked);
}

const notSynced = ({ name, id }: Connection): HoldfastError =>
  new HoldfastError('NOT_SYNCED', `${name} (${id}) has never been synced: there are no figures yet.`, {
    kind: 'state',
    hint: `Ask again after its first sync (\`holdfast sync ${id}\`).`,
  });
