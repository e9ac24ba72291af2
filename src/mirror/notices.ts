import type { ChangeNotice, ConnectionId, PlatformName, WebhookReader } from '../domain/index.ts';
import { fingerprint, sha256Hex, type SealingKey } from '../lib/index.ts';
import type { Reader, Store, Tx } from '../store/index.ts';
import { forgetOldHints, readDueConnections, saveHint } from './hints.ts';

/** More than this waiting are not kept: the poll brings what they would have told. */
const WAITING_MAX = 10_000;
const TAKEN_AT_ONCE = 500;

export type NoticeDropReason = 'unknown-company' | 'unreadable' | 'too-many';

interface WaitingNotice {
  id: number;
  platform: PlatformName;
  body: Buffer;
  receivedAtMs: number;
}

/**
 * Keeps a genuine notice's bytes in one durable insert, so that it can be acknowledged at once. False when the same
 * bytes wait already, or when too many wait.
 */
export async function saveNotice(
  store: Store,
  platform: PlatformName,
  body: Uint8Array,
  nowMs: number,
): Promise<boolean> {
  return store.write(async (tx) => {
    const { waiting } = await tx
      .selectFrom('notice')
      .select((eb) => eb.fn.countAll<number>().as('waiting'))
      .executeTakeFirstOrThrow();
    if (waiting >= WAITING_MAX) {
      await countDropped(tx, platform, 'too-many', nowMs);
      return false;
    }
    const saved = await tx
      .insertInto('notice')
      .values({
        platform,
        digest: sha256Hex(Buffer.from(body)),
        body: Buffer.from(body),
        received_at_ms: nowMs,
      })
      .onConflict((conflict) => conflict.columns(['platform', 'digest']).doNothing())
      .executeTakeFirst();
    return saved.numInsertedOrUpdatedRows === 1n;
  });
}

/**
 * Turns waiting notices into hints of what to read again. Returns the active connections that have any due. What
 * names no company of ours, or cannot be read, is counted and dropped.
 */
export async function takeNotices(
  store: Store,
  key: SealingKey,
  readers: Partial<Record<PlatformName, WebhookReader>>,
  nowMs: number,
): Promise<ConnectionId[]> {
  for (;;) {
    // Those of a platform whose key is not configured just now stay until it is.
    const waiting = await readWaiting(store.reader, platformsOf(readers));
    if (waiting.length === 0) break;
    await store.write(async (tx) => {
      await forgetOldHints(tx, nowMs);
      for (const notice of waiting) await takeNotice(tx, key, readers[notice.platform], notice);
    });
  }
  return readDueConnections(store.reader, nowMs);
}

/** How many notices came to nothing, and why. */
export async function readNoticeDrops(
  reader: Reader,
): Promise<{ platform: PlatformName; reason: NoticeDropReason; dropped: number; lastAtMs: number }[]> {
  const rows = await reader.selectFrom('notice_drop').selectAll().orderBy('platform').execute();
  return rows.map((row) => ({
    platform: row.platform as PlatformName,
    reason: row.reason as NoticeDropReason,
    dropped: row.dropped,
    lastAtMs: row.last_at_ms,
  }));
}

const platformsOf = (readers: Partial<Record<PlatformName, WebhookReader>>): PlatformName[] =>
  (['xero', 'quickbooks'] as const).filter((platform) => readers[platform] !== undefined);

async function readWaiting(reader: Reader, platforms: PlatformName[]): Promise<WaitingNotice[]> {
  const rows = await reader
    .selectFrom('notice')
    .selectAll()
    .where('platform', 'in', platforms)
    .orderBy('id')
    .limit(TAKEN_AT_ONCE)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    platform: row.platform as PlatformName,
    body: row.body,
    receivedAtMs: row.received_at_ms,
  }));
}

async function takeNotice(
  tx: Tx,
  key: SealingKey,
  reader: WebhookReader | undefined,
  notice: WaitingNotice,
): Promise<void> {
  await tx.deleteFrom('notice').where('id', '=', notice.id).execute();
  const { platform, receivedAtMs } = notice;
  const changes = understand(reader, notice.body);
  if (changes === null) return countDropped(tx, platform, 'unreadable', receivedAtMs);
  for (const change of changes) {
    const id = await connectionOf(tx, key, platform, change);
    if (id === null) await countDropped(tx, platform, 'unknown-company', receivedAtMs);
    else if (!(await saveHint(tx, id, change, receivedAtMs)))
      await countDropped(tx, platform, 'too-many', receivedAtMs);
  }
}

/** What a notice says; null when it cannot be read. */
function understand(reader: WebhookReader | undefined, body: Buffer): ChangeNotice[] | null {
  try {
    return reader?.read(body) ?? null;
  } catch {
    return null;
  }
}

async function connectionOf(
  tx: Tx,
  key: SealingKey,
  platform: PlatformName,
  change: ChangeNotice,
): Promise<ConnectionId | null> {
  const row = await tx
    .selectFrom('connection')
    .select('id')
    .where('platform', '=', platform)
    .where('company_fingerprint', '=', fingerprint(key, `${platform}:${change.companyId}`))
    .where('state', '!=', 'disconnected')
    .executeTakeFirst();
  return row === undefined ? null : (row.id as ConnectionId);
}

async function countDropped(
  tx: Tx,
  platform: PlatformName,
  reason: NoticeDropReason,
  nowMs: number,
): Promise<void> {
  await tx
    .insertInto('notice_drop')
    .values({ platform, reason, dropped: 1, last_at_ms: nowMs })
    .onConflict((conflict) =>
      conflict
        .columns(['platform', 'reason'])
        .doUpdateSet((eb) => ({ dropped: eb('notice_drop.dropped', '+', 1), last_at_ms: nowMs })),
    )
    .execute();
}
