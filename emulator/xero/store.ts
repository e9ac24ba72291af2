import type { World } from '../core/control.ts';
import type { ServedCompany } from '../core/companies.ts';
import type { NativeRow } from '../core/state.ts';
import { parseMsDate } from './dates.ts';
import { idFields } from './native.ts';
import type { Entity, Json } from './native.ts';
import { defaultQuirks } from './quirks.ts';
import type { XeroQuirks } from './quirks.ts';

/** One line of a document's or contact's History & notes. */
export interface HistoryEntry {
  atMs: number;
  /** From when on it can be read; later than atMs when Xero writes it late. */
  visibleMs: number;
  user: string;
  changes: string;
  details: string;
}

/** What is still open on a contact's documents, in plain sums over all currencies, as Xero's Balances states it. */
export interface OpenBalance {
  contactId: string;
  outstanding: number;
  overdue: number;
  credits: number;
}

/**
 * One organisation's records. Every write passes here, so that the facets used by lists and the table of what is
 * open always agree with the JSON that is served.
 */
export class XeroStore {
  readonly world: World;
  readonly tenant: string;
  readonly served: ServedCompany;
  readonly #quirks: Pick<XeroQuirks, 'updatedGrainMs'>;

  constructor(
    world: World,
    served: ServedCompany,
    quirks: Pick<XeroQuirks, 'updatedGrainMs'> = defaultQuirks,
  ) {
    this.#quirks = quirks;
    this.world = world;
    this.served = served;
    this.tenant = served.remoteId;
    world.state.db.exec(SCHEMA);
  }

  /** Creates or replaces a record and states its last change; the object's own update fields are the caller's. */
  put(entity: Entity, record: Json, updatedMs: number): void {
    this.putText(entity, record, JSON.stringify(record), updatedMs);
  }

  /** Like `put`, when the text that is to be served is there already (published samples). */
  putText(entity: Entity, record: Json, json: string, updatedMs: number): void {
    const status = word(entity === 'Contacts' ? record['ContactStatus'] : record['Status']);
    const row: NativeRow = {
      entity,
      id: word(record[idFields[entity]]) ?? '',
      updatedMs,
      hidden: entity === 'Contacts' && status === 'ARCHIVED',
      deleted: false,
      type: word(entity === 'Payments' ? record['PaymentType'] : record['Type']),
      status,
      json,
    };
    this.world.state.put(this.tenant, row);
    if (!WITHOUT_BALANCE.has(entity)) this.#noteOpen(entity, row.id, record);
  }

  /** Takes one record away as if it had never been: nothing tells of it but its absence. */
  erase(entity: Entity, id: string): void {
    const { state } = this.world;
    state.erase(this.tenant, entity, id);
    state.sql('DELETE FROM xero_open WHERE company = ? AND id = ?').run(this.tenant, id);
  }

  /** One record as an object, or undefined. */
  read<T extends Json>(entity: Entity, id: string): T | undefined {
    const json = this.text(entity, id);
    return json === undefined ? undefined : (JSON.parse(json) as T);
  }

  /** One record as the text that is served. */
  text(entity: Entity, id: string): string | undefined {
    return this.world.state.get(this.tenant, entity, id.toLowerCase())?.json;
  }

  has(entity: Entity, id: string): boolean {
    return this.text(entity, id) !== undefined;
  }

  updatedMs(entity: Entity, id: string): number | undefined {
    return this.world.state.get(this.tenant, entity, id.toLowerCase())?.updatedMs;
  }

  /** The id of the only or first record whose field has this value (invoice number, contact name). */
  findId(entity: Entity, field: string, value: string): string | undefined {
    const sql = `SELECT id FROM row WHERE company = ? AND entity = ?
      AND json_extract(json, '$.' || ?) = ? ORDER BY hidden, seq LIMIT 1`;
    const row = this.world.state.sql(sql).get(this.tenant, entity, field, value);
    return (row as { id: string } | undefined)?.id;
  }

  addHistory(entity: Entity, id: string, entry: HistoryEntry): void {
    this.world.state
      .sql(
        `INSERT INTO xero_history (company, entity, id, at_ms, visible_ms, user, changes, details)
         VALUES (?,?,?,@atMs,@visibleMs,@user,@changes,@details)`,
      )
      .run(this.tenant, entity, id, entry);
  }

  /** The entries that can be read now, newest first. */
  history(entity: Entity, id: string): HistoryEntry[] {
    return this.world.state
      .sql(
        `SELECT at_ms AS atMs, visible_ms AS visibleMs, user, changes, details FROM xero_history
         WHERE company = ? AND entity = ? AND id = ? AND visible_ms <= ? ORDER BY at_ms DESC, seq DESC`,
      )
      .all(this.tenant, entity, id, this.nowMs()) as HistoryEntry[];
  }

  /** What is open on some contacts; contacts without open documents are missing. */
  balances(contactIds: string[], todayMs: number): OpenBalance[] {
    return this.world.state
      .sql(
        `SELECT contact_id AS contactId,
           sum(CASE WHEN credit = 0 THEN amount ELSE 0 END) AS outstanding,
           sum(CASE WHEN credit = 0 AND due_ms < ? THEN amount ELSE 0 END) AS overdue,
           sum(CASE WHEN credit = 1 THEN amount ELSE 0 END) AS credits
         FROM xero_open WHERE company = ? AND contact_id IN (SELECT value FROM json_each(?))
         GROUP BY contact_id`,
      )
      .all(todayMs, this.tenant, JSON.stringify(contactIds)) as OpenBalance[];
  }

  nowMs(): number {
    return Math.floor(this.world.clock.nowMs());
  }

  /** World time as update times state it: cut down to the grain that is played. */
  stampMs(atMs = this.nowMs()): number {
    return atMs - (atMs % Math.max(1, this.#quirks.updatedGrainMs));
  }

  #noteOpen(entity: Entity, id: string, record: Json): void {
    const { state } = this.world;
    const amount = openAmount(entity, record);
    if (amount === 0) {
      state.sql('DELETE FROM xero_open WHERE company = ? AND id = ?').run(this.tenant, id);
      return;
    }
    const contact = word((record['Contact'] as Json | undefined)?.['ContactID']) ?? '';
    const dueMs = parseMsDate(record['DueDate']) ?? 0;
    state
      .sql(
        `INSERT OR REPLACE INTO xero_open (company, id, contact_id, credit, due_ms, amount) VALUES (?,?,?,?,?,?)`,
      )
      .run(this.tenant, id, contact, entity === 'Invoices' ? 0 : 1, dueMs, amount);
  }
}

/** Their records are no open items. */
const WITHOUT_BALANCE: ReadonlySet<Entity> = new Set<Entity>(['Contacts', 'Payments', 'Quotes']);

function openAmount(entity: Entity, record: Json): number {
  if (record['Status'] !== 'AUTHORISED') return 0;
  const sales = /^(ACCREC|ACCRECCREDIT|RECEIVE-|AR)/.test(word(record['Type']) ?? '');
  const amount = entity === 'Invoices' ? record['AmountDue'] : record['RemainingCredit'];
  return sales && typeof amount === 'number' ? amount : 0;
}

function word(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS xero_open (
    company TEXT NOT NULL, id TEXT NOT NULL, contact_id TEXT NOT NULL, credit INTEGER NOT NULL,
    due_ms INTEGER NOT NULL, amount REAL NOT NULL, UNIQUE (company, id));
  CREATE INDEX IF NOT EXISTS xero_open_of ON xero_open (company, contact_id);
  CREATE TABLE IF NOT EXISTS xero_history (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, company TEXT NOT NULL, entity TEXT NOT NULL, id TEXT NOT NULL,
    at_ms INTEGER NOT NULL, visible_ms INTEGER NOT NULL, user TEXT NOT NULL, changes TEXT NOT NULL,
    details TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS xero_history_of ON xero_history (company, entity, id);
  CREATE TABLE IF NOT EXISTS xero_group (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, company TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    status TEXT NOT NULL, UNIQUE (company, id));
  CREATE TABLE IF NOT EXISTS xero_group_member (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, company TEXT NOT NULL, group_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    UNIQUE (company, group_id, contact_id));
  CREATE INDEX IF NOT EXISTS xero_group_member_of ON xero_group_member (company, contact_id);
`;
