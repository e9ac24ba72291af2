import type { App } from '../app.ts';
import { HoldfastError, type Day } from '../domain/index.ts';
import { readFacts, readSavedFacts, type FactsOfDay, type SavedFacts } from '../facts/index.ts';
import { readCustomers, type Connection, type LedgerCustomer } from '../mirror/index.ts';
import { isCustomer } from './choose-customers.ts';
import { isoInstant } from './documents.ts';

/** In --json: that figures were saved earlier and are shown because there are no newer ones. */
export interface SavedNote {
  run: number;
  /** When that run was published, ISO 8601. */
  publishedAt: string | null;
  /** Why there are no newer ones. */
  because: string;
}

/** Facts of today, or the last ones that were saved while a run is open or failed. */
export type FactsOrSaved =
  { current: FactsOfDay } | { saved: SavedFacts; note: SavedNote; customers: LedgerCustomer[] };

/** Throws NOT_SYNCED, and SYNC_UNFINISHED when there are no saved facts either. */
export async function factsOrSaved(app: App, connection: Connection, asOf: Day): Promise<FactsOrSaved> {
  const { reader } = app.store;
  try {
    return { current: await readFacts(reader, connection, app.policy(), asOf) };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'SYNC_UNFINISHED') throw error;
    const saved = await readSavedFacts(reader, connection.id, asOf);
    if (saved === null) throw error;
    const note = { run: saved.run, publishedAt: isoInstant(saved.publishedAtMs), because: error.message };
    return { saved, note, customers: await readCustomers(reader, connection.id) };
  }
}

/** Whether saved figures are of the customer that was asked for. */
export function isSavedCustomer(
  connection: Connection,
  customers: LedgerCustomer[],
  customerId: string,
  asked: string,
): boolean {
  const customer = customers.find((one) => one.id === customerId);
  return customer !== undefined && isCustomer(connection, customer, asked);
}

/** The line that goes before saved figures. */
export function savedText(app: App, asOf: Day, note: SavedNote): string {
  const ageMs = app.clock.nowMs() - Date.parse(note.publishedAt ?? '');
  const hours = Math.max(0, Math.floor(ageMs / 3_600_000));
  const age = hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
  return `Saved figures of ${asOf}, run ${note.run}, ${age} old: ${note.because}`;
}
