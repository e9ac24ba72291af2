import type { Clock, Log } from '../../src/lib/index.ts';
import type { Transport } from './exchange.ts';

/** What every connector is handed by the composition root. */
export interface ConnectorDeps {
  clock: Clock;
  log: Log;
  /** Default: the network. */
  transport?: Transport | undefined;
  /** Most rows that a platform puts into one reply: 1000 in real life and by default, fewer in tests. */
  rowsPerReply?: number | undefined;
}
