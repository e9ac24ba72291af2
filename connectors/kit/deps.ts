import type { Clock, Log } from '../../src/lib/index.ts';
import type { Transport } from './exchange.ts';

/** What every connector is handed by the composition root. */
export interface ConnectorDeps {
  clock: Clock;
  log: Log;
  /** Default: the network. */
  transport?: Transport | undefined;
}
