import type { Transport } from '../../connectors/kit/exchange.ts';
import type { PlatformSession } from '../../src/domain/index.ts';
import type { Connection, SyncOptions } from '../../src/mirror/index.ts';
import type { Store } from '../../src/store/index.ts';
import type { Fixed } from './scenario.ts';
import type { Simulation } from './simulation.ts';

/** A mistake planted into the product by wrapping its seams. Nothing of it is in the product's own code. */
export interface Mistake {
  /** Occasions that it needs. */
  fixed?: Fixed;
  transport?: (carry: Transport, simulation: Simulation) => Transport;
  session?: (session: PlatformSession, simulation: Simulation) => PlatformSession;
  /** How sessions are opened instead of by the app. */
  openSession?: (connection: Connection, simulation: Simulation) => Promise<PlatformSession>;
  store?: (store: Store) => Store;
  options?: SyncOptions;
  /** What the product believes to be the most rows of a reply, when that is wrong. */
  rowsPerReply?: number;
}

/** The product as it is. */
export const noMistake: Mistake = {};
