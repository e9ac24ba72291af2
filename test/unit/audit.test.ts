import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { appendAudit, readAudit, verifyAudit, type AuditEntry } from '../../src/audit/index.ts';
import { sha256Hex } from '../../src/lib/index.ts';
import type { Store } from '../../src/store/index.ts';
import { tempStore } from '../support/temp-store.ts';

const entry = (subject: string, connectionId: string | null = 'xero-1'): AuditEntry => ({
  connectionId,
  actor: 'night',
  action: 'hold.placed',
  subject,
  details: { reason: 'über der Grenze', figureMinor: 120_00, nested: { days: [1, 2] } },
});

async function append(store: Store, ...entries: AuditEntry[]): Promise<void> {
  for (const one of entries) await store.write((tx) => appendAudit(tx, 1_000, one));
}

/** Somebody with the file in hand and no respect for triggers. */
function tamper(store: Store, sql: string): void {
  const db = new Database(store.file);
  db.exec(`DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; ${sql}`);
  db.close();
}

const brokenAt = (seq: number): Error =>
  expect.objectContaining({
    code: 'AUDIT_BROKEN',
    message: expect.stringContaining(`entry ${seq}.`) as string,
  }) as Error;

describe('the audit log', () => {
  it('keeps what was done, by whom, to what and why, newest first', async () => {
    const store = tempStore();
    await append(store, entry('customer a'), entry('customer b', 'quickbooks-1'), entry('customer c', null));
    const all = await readAudit(store.reader, 10);
    expect(all.map((row) => [row.seq, row.subject])).toEqual([
      [3, 'customer c'],
      [2, 'customer b'],
      [1, 'customer a'],
    ]);
    expect(all[2]).toMatchObject({ ...entry('customer a'), atMs: 1_000 });
    expect((await readAudit(store.reader, 10, 'quickbooks-1')).map((row) => row.subject)).toEqual([
      'customer b',
    ]);
    expect(await readAudit(store.reader, 1)).toHaveLength(1);
  });

  it('is a chain that can be verified, also when it is empty and when it is long', async () => {
    const store = tempStore();
    expect(await verifyAudit(store.reader)).toEqual({ entries: 0, head: '0'.repeat(64) });
    await store.write(async (tx) => {
      for (let i = 1; i <= 1_001; i += 1) await appendAudit(tx, i, entry(`customer ${i}`));
    });
    const { entries, head } = await verifyAudit(store.reader);
    expect(entries).toBe(1_001);
    expect(head).toBe((await readAudit(store.reader, 1))[0]?.hash);
  });

  it('has no entry of a transaction that was rolled back', async () => {
    const store = tempStore();
    const failing = store.write(async (tx) => {
      await appendAudit(tx, 1, entry('customer a'));
      throw new Error('the effect could not be written');
    });
    await expect(failing).rejects.toThrow();
    expect(await verifyAudit(store.reader)).toMatchObject({ entries: 0 });
  });

  it('cannot be changed or shortened while its triggers stand', async () => {
    const store = tempStore();
    await append(store, entry('customer a'), entry('customer b'));
    await expect(
      store.write((tx) => tx.updateTable('audit').set({ actor: 'nobody' }).where('seq', '=', 1).execute()),
    ).rejects.toThrow(/append-only/);
    await expect(store.write((tx) => tx.deleteFrom('audit').execute())).rejects.toThrow(/append-only/);
    expect(await verifyAudit(store.reader)).toMatchObject({ entries: 2 });
  });

  it.each([
    ['the words of an entry', "UPDATE audit SET details = '{}' WHERE seq = 2", 2],
    ['who did it', "UPDATE audit SET actor = 'somebody else' WHERE seq = 1", 1],
    ['when it was', 'UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 3', 3],
    ['whose it was', 'UPDATE audit SET connection_id = NULL WHERE seq = 2', 2],
    ['an entry’s own hash', "UPDATE audit SET hash = printf('%064d', 1) WHERE seq = 2", 2],
    ['an entry that was taken out', 'DELETE FROM audit WHERE seq = 2', 2],
    ['the first entry that was taken out', 'DELETE FROM audit WHERE seq = 1', 1],
    [
      'two entries that changed places',
      'UPDATE audit SET seq = -1 WHERE seq = 1; UPDATE audit SET seq = 1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = -1',
      1,
    ],
  ])('shows that somebody changed %s', async (_what, sql, seq) => {
    const store = tempStore();
    await append(store, entry('customer a'), entry('customer b'), entry('customer c'));
    tamper(store, sql);
    await expect(verifyAudit(store.reader)).rejects.toThrow(brokenAt(seq));
  });

  it('shows a forgery whose own hash was made to fit, at the entry after it', async () => {
    const store = tempStore();
    await append(store, entry('customer a'), entry('customer b'), entry('customer c'));
    const second = await store.reader
      .selectFrom('audit')
      .selectAll()
      .where('seq', '=', 2)
      .executeTakeFirstOrThrow();
    const { seq, at_ms, connection_id, action, subject, details, previous_hash } = second;
    const fields = [seq, at_ms, connection_id, 'nobody', action, subject, details, previous_hash];
    const hash = sha256Hex(JSON.stringify(fields));
    tamper(store, `UPDATE audit SET actor = 'nobody', hash = '${hash}' WHERE seq = 2`);
    await expect(verifyAudit(store.reader)).rejects.toThrow(brokenAt(3));
  });
});
