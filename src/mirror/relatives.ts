import type { ConnectionId, CustomerId } from '../domain/index.ts';
import { overRows, type Cell, type Reader, type RowAccess } from '../store/index.ts';

/**
 * Some customers and all that hang together with them: merged into one another, parents and sub-customers, at any
 * depth. With a run, by what was so after it or is so now. In the order of ids.
 */
export async function readRelatives(
  reader: Reader,
  id: ConnectionId,
  customerIds: readonly CustomerId[],
  run: number | null,
): Promise<CustomerId[]> {
  return overRows(reader, (rows) => {
    const linked = run === null ? new Map<string, string[]>() : pastLinks(rows, id, run);
    const found = new Set<string>(customerIds);
    // A set is walked in the order in which it grows.
    for (const at of found) {
      for (const next of [...linksNow(rows, id, at), ...(linked.get(at) ?? [])]) found.add(next);
    }
    return [...found].sort() as CustomerId[];
  });
}

function linksNow(rows: RowAccess, id: string, customer: string): string[] {
  const text = 'SELECT remote_id FROM customer INDEXED BY';
  const own = rows
    .prepare('SELECT parent, merged_into FROM customer WHERE connection_id = ? AND remote_id = ?')
    .first(id, customer);
  const links: Cell[] = [...(own ?? [])];
  const take = ([other]: Cell[]): void => void links.push(other ?? null);
  rows.prepare(`${text} customer_parent WHERE connection_id = ? AND parent = ?`).each([id, customer], take);
  rows
    .prepare(`${text} customer_merged WHERE connection_id = ? AND merged_into = ?`)
    .each([id, customer], take);
  return links.filter((link) => link !== null).map(String);
}

/** Links, both ways, of customers that a later run changed. */
function pastLinks(rows: RowAccess, id: string, run: number): Map<string, string[]> {
  const links = new Map<string, string[]>();
  const add = (from: string, to: string): void => void links.set(from, [...(links.get(from) ?? []), to]);
  const [parent, merged] = ["json_extract(content, '$.parent')", "json_extract(content, '$.merged_into')"];
  const text = `SELECT remote_id, ${parent}, ${merged} FROM row_history
    WHERE connection_id = ? AND kind = 'customer' AND until_run > ? AND from_run <= ?
    AND (${parent} IS NOT NULL OR ${merged} IS NOT NULL)`;
  rows.prepare(text).each([id, run, run], ([customer, ...others]) => {
    for (const other of others) {
      if (other === null) continue;
      add(String(customer), String(other));
      add(String(other), String(customer));
    }
  });
  return links;
}
