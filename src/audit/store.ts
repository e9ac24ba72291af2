import { sha256Hex } from '../lib/index.ts';
import { HoldfastError } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';

/** What is written down of one act. `details` must be plain JSON and never hold a secret. */
export interface AuditEntry {
  connectionId: string | null;
  /** A person's name, or 'night', 'dispatch', 'sync'. */
  actor: string;
  /** e.g. 'hold.placed'. */
  action: string;
  /** What it was done to, e.g. 'customer 8e1b…'. */
  subject: string;
  details: Record<string, unknown>;
}

export interface AuditRow extends AuditEntry {
  seq: number;
  atMs: number;
  hash: string;
}

const GENESIS = '0'.repeat(64);

/** Appends one entry in the caller's transaction; its hash covers its content and the hash before it. */
export async function appendAudit(tx: Tx, atMs: number, entry: AuditEntry): Promise<void> {
  await appendAudits(tx, atMs, [entry]);
}

/** So many entries go into the table at once. */
const BATCH = 50;

/** Appends entries in their order, as if one after another. */
export async function appendAudits(tx: Tx, atMs: number, entries: readonly AuditEntry[]): Promise<void> {
  const last = await readAuditHead(tx);
  let [seq, previous] = [last?.seq ?? 0, last?.hash ?? GENESIS];
  const rows = entries.map((entry) => {
    seq += 1;
    const row = {
      seq,
      at_ms: atMs,
      connection_id: entry.connectionId,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      details: JSON.stringify(entry.details),
      previous_hash: previous,
    };
    previous = hashOf(row);
    return { ...row, hash: previous };
  });
  for (let at = 0; at < rows.length; at += BATCH) {
    await tx
      .insertInto('audit')
      .values(rows.slice(at, at + BATCH))
      .execute();
  }
}

/** The newest entries first. */
export async function readAudit(reader: Reader, limit: number, connectionId?: string): Promise<AuditRow[]> {
  let query = reader.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(limit);
  if (connectionId !== undefined) query = query.where('connection_id', '=', connectionId);
  const rows = await query.execute();
  return rows.map((row) => ({
    seq: row.seq,
    atMs: row.at_ms,
    connectionId: row.connection_id,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    details: JSON.parse(row.details) as Record<string, unknown>,
    hash: row.hash,
  }));
}

/** The newest entry's number and hash. */
export interface AuditHead {
  seq: number;
  hash: string;
}

/** Null when nothing was ever written down. */
export async function readAuditHead(reader: Reader): Promise<AuditHead | null> {
  const row = await reader
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The hash of one entry; null when there is none of that number. */
export async function readAuditHash(reader: Reader, seq: number): Promise<string | null> {
  const row = await reader.selectFrom('audit').select('hash').where('seq', '=', seq).executeTakeFirst();
  return row?.hash ?? null;
}

/** Walks the chain in pages. Returns how many entries there are; throws AUDIT_BROKEN at the first that is not as written. */
export async function verifyAudit(reader: Reader): Promise<{ entries: number; head: string }> {
  let previous = GENESIS;
  let seq = 0;
  for (;;) {
    const rows = await reader
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(1000)
      .execute();
    for (const row of rows) {
      if (row.seq !== seq + 1 || row.previous_hash !== previous || row.hash !== hashOf(row)) {
        throw new HoldfastError(
          'AUDIT_BROKEN',
          `The audit log is not as it was written at entry ${seq + 1}.`,
          {
            kind: 'state',
            hint: 'Somebody changed the database by hand, or it is damaged. Compare it with a backup.',
          },
        );
      }
      seq = row.seq;
      previous = row.hash;
    }
    if (rows.length === 0) return { entries: seq, head: previous };
  }
}

interface Hashed {
  seq: number;
  at_ms: number;
  connection_id: string | null;
  actor: string;
  action: string;
  subject: string;
  details: string;
  previous_hash: string;
}

function hashOf(row: Hashed): string {
  const fields = [row.seq, row.at_ms, row.connection_id, row.actor, row.action, row.subject, row.details];
  return sha256Hex(JSON.stringify([...fields, row.previous_hash]));
}
