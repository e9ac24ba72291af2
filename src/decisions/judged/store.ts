import type { ConnectionId, Day } from '../../domain/index.ts';
import { PRODUCT_VERSION } from '../../lib/index.ts';
import type { Reader, Tx } from '../../store/index.ts';

/** By what a day was judged. */
export interface JudgedDay {
  policyHash: string;
  /** The release of Holdfast; null = one that did not write it down yet. */
  productVersion: string | null;
}

/** Writes down by which policy a day was judged, and that it was by this release; judged again, it takes the place. */
export async function saveJudgedDay(tx: Tx, id: ConnectionId, asOf: Day, policyHash: string): Promise<void> {
  const values = { policy_hash: policyHash, product_version: PRODUCT_VERSION };
  await tx
    .insertInto('judged_day')
    .values({ connection_id: id, as_of: asOf, ...values })
    .onConflict((conflict) => conflict.columns(['connection_id', 'as_of']).doUpdateSet(values))
    .execute();
}

/** By what a day was judged last; null = it never was. */
export async function readJudgedDay(reader: Reader, id: ConnectionId, asOf: Day): Promise<JudgedDay | null> {
  const row = await reader
    .selectFrom('judged_day')
    .select(['policy_hash', 'product_version'])
    .where('connection_id', '=', id)
    .where('as_of', '=', asOf)
    .executeTakeFirst();
  return row === undefined ? null : { policyHash: row.policy_hash, productVersion: row.product_version };
}
