import type { Reader } from '../store/index.ts';
import type { Connection } from './connections.ts';

/** Platforms try for about a day before they turn an endpoint off. */
const SILENT_MS = 86_400_000;

/**
 * When the last webhook of this connection's platform came, if they are silent since: an invoice changed after it, a
 * day ago or more, and nothing told of that. Null = they come, or never came.
 */
export async function readSilentSince(
  reader: Reader,
  connection: Connection,
  nowMs: number,
): Promise<number | null> {
  const heardAtMs = await readLastHeard(reader, connection.platform);
  if (heardAtMs === null) return null;
  const untold = await reader
    .selectFrom('invoice')
    .select('remote_id')
    .where('connection_id', '=', connection.id)
    .where('updated_at_ms', '>', Math.max(heardAtMs, connection.connectedAtMs))
    .where('updated_at_ms', '<', nowMs - SILENT_MS)
    .limit(1)
    .executeTakeFirst();
  return untold === undefined ? null : heardAtMs;
}

/** An endpoint is one for all companies of a platform: what came for any of them shows that it is alive. */
async function readLastHeard(reader: Reader, platform: string): Promise<number | null> {
  const ids = reader.selectFrom('connection').select('id').where('platform', '=', platform);
  const hint = await reader
    .selectFrom('hint')
    .select((eb) => eb.fn.max('received_at_ms').as('atMs'))
    .where('connection_id', 'in', ids)
    .executeTakeFirst();
  // Hints are forgotten after some days, the runs that they led to are not.
  const run = await reader
    .selectFrom('run')
    .select((eb) => eb.fn.max('finished_at_ms').as('atMs'))
    .where('connection_id', 'in', ids)
    .where('mode', '=', 'hinted')
    .executeTakeFirst();
  const heard = [hint?.atMs, run?.atMs].filter((atMs) => typeof atMs === 'number');
  return heard.length === 0 ? null : Math.max(...heard);
}
