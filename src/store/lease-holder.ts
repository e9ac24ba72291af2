import { isDeadProcess } from './process-mark.ts';
import type { Reader } from './store.ts';

/** The process that holds a lease. */
export interface LeaseHolder {
  /** Its number on its machine. */
  pid: number;
}

/** Who holds a lease at this instant; null when nobody does, or only a process that is known to be gone. */
export async function readLeaseHolder(
  reader: Reader,
  nowMs: number,
  name: string,
): Promise<LeaseHolder | null> {
  const row = await reader
    .selectFrom('lease')
    .select('owner')
    .where('name', '=', name)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
  if (row === undefined || isDeadProcess(row.owner)) return null;
  return { pid: Number(row.owner.split('/')[1]) };
}
