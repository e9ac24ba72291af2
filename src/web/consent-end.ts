import type { App } from '../app.ts';
import { HoldfastError } from '../domain/index.ts';
import { readTokenSet, type Connection } from '../mirror/index.ts';

const DAY_MS = 86_400_000;
/** From here on a consent that ends is worth a word; a sync renews it in general. */
const WARN_DAYS = 30;

/** A consent that ends soon. `daysLeft` 0 = in less than a day; below 0 = it has ended. */
export interface ConsentEnd {
  endsAtMs: number;
  daysLeft: number;
}

/** Null when it does not end, not soon, or when there is none. */
export async function readConsentEnd(app: App, connection: Connection): Promise<ConsentEnd | null> {
  if (connection.state !== 'active') return null;
  const endsAtMs = await readEnd(app, connection);
  if (endsAtMs === null) return null;
  const daysLeft = Math.floor((endsAtMs - app.clock.nowMs()) / DAY_MS);
  return daysLeft < WARN_DAYS ? { endsAtMs, daysLeft } : null;
}

/** Tokens that cannot be opened are the doctor's to explain; a page goes on without them. */
async function readEnd(app: App, { tokenSetId }: Connection): Promise<number | null> {
  try {
    return (await readTokenSet(app.store.reader, app.key, tokenSetId)).tokens.refreshExpiresAtMs;
  } catch (error) {
    if (error instanceof HoldfastError) return null;
    throw error;
  }
}
