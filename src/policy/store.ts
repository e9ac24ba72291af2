import type { Tx } from '../store/index.ts';
import type { Policy } from './schema.ts';

/** Keeps the text of a policy version before the first decision cites it. */
export async function savePolicyVersion(tx: Tx, policy: Policy, nowMs: number): Promise<void> {
  await tx
    .insertInto('policy_version')
    .values({ hash: policy.hash, content: policy.source, first_used_at_ms: nowMs })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
