import { HoldfastError } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import { parseUsedPolicy } from './document.ts';
import type { Policy } from './schema.ts';

/** Keeps the text of a policy version before the first decision cites it. */
export async function savePolicyVersion(tx: Tx, policy: Policy, nowMs: number): Promise<void> {
  await tx
    .insertInto('policy_version')
    .values({ hash: policy.hash, content: policy.source, first_used_at_ms: nowMs })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * The policy that decisions cite by this hash, as it was; null when it was never used here. It keeps the hash that it
 * was saved under. Throws POLICY_VERSION_UNREADABLE when this product no longer takes what it says.
 */
export async function readPolicyVersion(reader: Reader, hash: string): Promise<Policy | null> {
  const row = await reader
    .selectFrom('policy_version')
    .select('content')
    .where('hash', '=', hash)
    .executeTakeFirst();
  if (row === undefined) return null;
  try {
    return { ...parseUsedPolicy(row.content, `policy version ${hash}`), hash };
  } catch (cause) {
    if (!(cause instanceof HoldfastError)) throw cause;
    throw new HoldfastError('POLICY_VERSION_UNREADABLE', cause.message, {
      kind: 'data',
      cause,
      hint: 'It was written for another release of Holdfast; what was decided by it stays readable in the audit log.',
    });
  }
}
