import type { ConnectionId, CustomerId } from '../../domain/index.ts';
import type { Reader } from '../../store/index.ts';
import type { CaseMoment } from '../case-file.ts';
import { hasLaterChange, readEntries, readGroupMembers, readLimitsAt } from './store.ts';

/** Everybody whose limit belonged, at a moment, to a group that the limit of any of these customers belonged to. */
export async function readGroupMates(
  reader: Reader,
  id: ConnectionId,
  moment: CaseMoment,
  customerIds: readonly CustomerId[],
): Promise<CustomerId[]> {
  if (!(await hasLaterChange(reader, id, moment))) {
    const entries = await readEntries(reader, id, customerIds);
    return readGroupMembers(reader, id, [...new Set(entries.flatMap(({ group }) => group ?? []))]);
  }
  const { entries } = await readLimitsAt(reader, id, moment, undefined);
  const these = new Set(customerIds);
  const groups = new Set(
    entries.flatMap(({ customerId, group }) => (these.has(customerId) ? (group ?? []) : [])),
  );
  return entries
    .filter(({ group }) => group !== null && groups.has(group))
    .map(({ customerId }) => customerId);
}
