import type { App } from '../../src/app.ts';
import type { ConnectionId } from '../../src/domain/index.ts';
import { readQuarantined } from '../../src/mirror/index.ts';

type Cells = Record<string, unknown>;

/** What a connection's mirror holds, row by row in the order of ids: everything but the run that brought it. */
export interface Mirrored {
  customers: Cells[];
  invoices: Cells[];
  credits: Cells[];
  payments: Cells[];
  quarantined: { kind: string; remoteId: string; reason: string }[];
}

export async function mirrored(app: App, id: ConnectionId): Promise<Mirrored> {
  const rows = async (table: 'customer' | 'invoice' | 'credit' | 'payment'): Promise<Cells[]> => {
    const found = await app.store.reader
      .selectFrom(table)
      .selectAll()
      .where('connection_id', '=', id)
      .orderBy('remote_id')
      .execute();
    return found.map(readable);
  };
  const quarantined = await readQuarantined(app.store.reader, id);
  return {
    customers: await rows('customer'),
    invoices: await rows('invoice'),
    credits: await rows('credit'),
    payments: await rows('payment'),
    quarantined: quarantined.map(({ kind, remoteId, reason }) => ({ kind, remoteId, reason })),
  };
}

/** Lists as lists, instants as text, and nothing that depends on the connection. */
function readable(row: Cells): Cells {
  const { connection_id: _connection, run: _run, updated_at_ms: updatedAtMs, ...cells } = row;
  for (const list of ['emails', 'allocations'])
    if (typeof cells[list] === 'string') cells[list] = JSON.parse(cells[list]);
  return { ...cells, updated_at: new Date(Number(updatedAtMs)).toISOString() };
}
