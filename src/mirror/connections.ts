import { appendAudit } from '../audit/index.ts';
import { HoldfastError, connectionId, companyId, isZone } from '../domain/index.ts';
import type { CompanyId, ConnectionId, Organisation, PlatformName } from '../domain/index.ts';
import { fingerprint, seal, unseal, type SealingKey } from '../lib/index.ts';
import type { Selectable } from 'kysely';
import type { Reader, Schema, Tx } from '../store/index.ts';

export type ConnectionState = 'active' | 'reconnect' | 'disconnected';
export type ConnectionMode = 'propose' | 'automatic';

/** One authorised company, without its secrets. */
export interface Connection {
  id: ConnectionId;
  platform: PlatformName;
  name: string;
  state: ConnectionState;
  stateReason: string | null;
  mode: ConnectionMode;
  baseCurrency: string;
  timeZone: string;
  country: string;
  multiCurrency: boolean;
  isDemo: boolean;
  ownReminders: boolean | null;
  tokenSetId: number | null;
  connectedAtMs: number;
}

/** All connections, in the order in which they were made. */
export async function readConnections(reader: Reader): Promise<Connection[]> {
  const rows = await reader
    .selectFrom('connection')
    .selectAll()
    .orderBy('connected_at_ms')
    .orderBy('id')
    .execute();
  return rows.map(fromRow);
}

/** One connection by id. Throws CONNECTION_UNKNOWN naming those that there are. */
export async function readConnection(reader: Reader, id: string): Promise<Connection> {
  const all = await readConnections(reader);
  const found = all.find((connection) => connection.id === id);
  if (found !== undefined) return found;
  const known = all.map((connection) => connection.id).join(', ') || 'none yet';
  throw new HoldfastError('CONNECTION_UNKNOWN', `There is no connection "${id}". Known: ${known}.`);
}

/**
 * Keeps a newly authorised company, or renews the one it already is: the same company never becomes a second
 * connection, and another company never takes over an existing one's rows.
 */
export async function saveConnection(
  tx: Tx,
  key: SealingKey,
  platform: PlatformName,
  organisation: Organisation,
  tokenSetId: number,
  nowMs: number,
): Promise<ConnectionId> {
  const print = fingerprint(key, `${platform}:${organisation.companyId}`);
  const existing = await tx
    .selectFrom('connection')
    .select('id')
    .where('platform', '=', platform)
    .where('company_fingerprint', '=', print)
    .executeTakeFirst();
  const id = existing?.id ?? (await nextId(tx, platform));
  const live = {
    ...organisationColumns(organisation),
    token_set_id: tokenSetId,
    state: 'active',
    state_reason: null,
  };
  if (existing !== undefined) {
    await tx.updateTable('connection').set(live).where('id', '=', id).execute();
    return connectionId(id);
  }
  await tx
    .insertInto('connection')
    .values({
      ...live,
      id,
      platform,
      company_sealed: seal(key, organisation.companyId, sealContext(platform, id)),
      company_fingerprint: print,
      mode: 'propose',
      own_time_zone: null,
      connected_at_ms: nowMs,
    })
    .execute();
  return connectionId(id);
}

/** The platform's id of the company, unsealed. */
export async function readCompanyId(
  reader: Reader,
  key: SealingKey,
  connection: Connection,
): Promise<CompanyId> {
  const row = await reader
    .selectFrom('connection')
    .select('company_sealed')
    .where('id', '=', connection.id)
    .executeTakeFirstOrThrow();
  return companyId(unseal(key, row.company_sealed, sealContext(connection.platform, connection.id)));
}

/** The company as it was last described, and when its settings were last read whole (0 = never). */
export async function readKnownOrganisation(
  reader: Reader,
  id: ConnectionId,
): Promise<{ organisation: Omit<Organisation, 'companyId'>; settingsReadAtMs: number }> {
  const row = await reader
    .selectFrom('connection')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const { name, baseCurrency, country, multiCurrency, isDemo, ownReminders } = fromRow(row);
  const timeZone = row.time_zone;
  return {
    organisation: { name, baseCurrency, timeZone, country, multiCurrency, isDemo, ownReminders },
    settingsReadAtMs: row.settings_read_at_ms,
  };
}

/** Takes over what the platform says of the company today (name, zone, its own reminders), in full or in part. */
export async function saveOrganisation(
  tx: Tx,
  id: ConnectionId,
  organisation: Organisation,
  settingsReadAtMs: number,
): Promise<void> {
  await tx
    .updateTable('connection')
    .set({ ...organisationColumns(organisation), settings_read_at_ms: settingsReadAtMs })
    .where('id', '=', id)
    .execute();
}

/**
 * For whoever is about to call the platform: a connection that waits for a person is left in peace until that person
 * has connected it again. Throws RECONNECT_NEEDED.
 */
export async function assertActive(reader: Reader, id: ConnectionId): Promise<void> {
  const { name, platform, state, stateReason } = await readConnection(reader, id);
  if (state === 'active') return;
  throw new HoldfastError(
    'RECONNECT_NEEDED',
    `${name} (${id}) must be connected again: ${stateReason ?? state}`,
    { kind: 'auth', hint: `Run \`holdfast connect ${platform}\`. What was planned waits until then.` },
  );
}

/**
 * Stops active connections, so that nobody calls the platform for them until a person connects them again. Returns
 * those that it stopped.
 */
export async function stopConnections(
  tx: Tx,
  which: { id: ConnectionId } | { tokenSetId: number },
  reason: string,
  nowMs: number,
): Promise<ConnectionId[]> {
  let update = tx
    .updateTable('connection')
    .set({ state: 'reconnect', state_reason: reason })
    .where('state', '=', 'active');
  if ('id' in which) update = update.where('id', '=', which.id);
  else update = update.where('token_set_id', '=', which.tokenSetId);
  const stopped = (await update.returning('id').execute()).map((row) => connectionId(row.id));
  for (const id of stopped) {
    await appendAudit(tx, nowMs, {
      connectionId: id,
      actor: 'sync',
      action: 'connection.stopped',
      subject: `connection ${id}`,
      details: { reason },
    });
  }
  return stopped;
}

export async function setConnectionState(
  tx: Tx,
  id: ConnectionId,
  state: ConnectionState,
  reason: string | null,
): Promise<void> {
  await tx.updateTable('connection').set({ state, state_reason: reason }).where('id', '=', id).execute();
}

export async function setConnectionMode(tx: Tx, id: ConnectionId, mode: ConnectionMode): Promise<void> {
  await tx.updateTable('connection').set({ mode }).where('id', '=', id).execute();
}

/**
 * Sets the zone in which the organisation's days are counted, or (null) goes back to what the platform says. Throws
 * ZONE_UNKNOWN for what is no IANA zone.
 */
export async function setConnectionZone(tx: Tx, id: ConnectionId, zone: string | null): Promise<void> {
  if (zone !== null && !isZone(zone)) {
    throw new HoldfastError('ZONE_UNKNOWN', `"${zone}" is not a time zone.`, {
      hint: 'Write it as Europe/London.',
    });
  }
  await tx.updateTable('connection').set({ own_time_zone: zone }).where('id', '=', id).execute();
}

/** Ends a connection: its tokens are forgotten, its mirror and history stay. */
export async function forgetTokens(tx: Tx, connection: Connection): Promise<void> {
  await tx
    .updateTable('connection')
    .set({ token_set_id: null, state: 'disconnected', state_reason: 'disconnected here' })
    .where('id', '=', connection.id)
    .execute();
  if (connection.tokenSetId === null) return;
  const users = await tx
    .selectFrom('connection')
    .select('id')
    .where('token_set_id', '=', connection.tokenSetId)
    .execute();
  if (users.length === 0) await tx.deleteFrom('token_set').where('id', '=', connection.tokenSetId).execute();
}

const sealContext = (platform: string, id: string): string => `${platform}:${id}:company`;

async function nextId(tx: Tx, platform: string): Promise<string> {
  const rows = await tx.selectFrom('connection').select('id').where('platform', '=', platform).execute();
  return `${platform}-${rows.length + 1}`;
}

function organisationColumns(organisation: Organisation) {
  return {
    name: organisation.name,
    base_currency: organisation.baseCurrency,
    time_zone: organisation.timeZone,
    country: organisation.country,
    multi_currency: organisation.multiCurrency ? 1 : 0,
    is_demo: organisation.isDemo ? 1 : 0,
    own_reminders: organisation.ownReminders === null ? null : organisation.ownReminders ? 1 : 0,
  };
}

type Row = Selectable<Schema['connection']>;

function fromRow(row: Row): Connection {
  return {
    id: connectionId(row.id),
    platform: row.platform as PlatformName,
    name: row.name,
    state: row.state as ConnectionState,
    stateReason: row.state_reason,
    mode: row.mode as ConnectionMode,
    baseCurrency: row.base_currency,
    timeZone: row.own_time_zone ?? row.time_zone,
    country: row.country,
    multiCurrency: row.multi_currency === 1,
    isDemo: row.is_demo === 1,
    ownReminders: row.own_reminders === null ? null : row.own_reminders === 1,
    tokenSetId: row.token_set_id,
    connectedAtMs: row.connected_at_ms,
  };
}
