import type { BookCompany } from '../core/book.ts';
import { listCompanies } from '../core/companies.ts';
import type { World } from '../core/control.ts';
import { toMajor, toMinor } from '../core/money.ts';
import { tombstone } from './native.ts';
import type { NativeCustomer, NativeEntity, NativeTransaction } from './native.ts';
import { defaultOptions, stampZone } from './options.ts';
import type { QuickBooksOptions } from './options.ts';
import { stamp, stampWithMs } from './zone-time.ts';

/** The entities that move a customer's balance. */
export type TransactionEntity = 'Invoice' | 'CreditMemo' | 'Payment';

const transactionEntities = new Set<string>(['Invoice', 'CreditMemo', 'Payment']);

/**
 * One company's living books: reads and writes records and keeps what follows from them. After every write
 * Customer.Balance is Σ Invoice.Balance − Σ Payment.UnappliedAmt − Σ CreditMemo.RemainingCredit, and the customers
 * concerned have a new LastUpdatedTime but their old SyncToken, as recorded of the real service.
 */
export class CompanyBooks {
  readonly realm: string;
  readonly company: BookCompany;
  readonly world: World;
  readonly options: QuickBooksOptions;
  /** Zone of MetaData and reply times. */
  readonly zone: string;

  constructor(world: World, realm: string, options: Partial<QuickBooksOptions> = {}) {
    const served = listCompanies(world.state, 'quickbooks').find((one) => one.remoteId === realm);
    if (!served) throw new Error(`no company has the realm ${realm}`);
    this.realm = realm;
    this.company = served.company;
    this.world = world;
    this.options = { ...defaultOptions, ...options };
    this.zone = stampZone(this.options, served.company.timeZone);
  }

  /** A living record, or undefined when there is none or it was deleted. */
  read<T extends NativeEntity>(entity: string, id: string): T | undefined {
    const row = this.world.state.get(this.realm, entity, id);
    return row && !row.deleted ? (JSON.parse(row.json) as T) : undefined;
  }

  /** World time as MetaData shows it: to the second, or coarser where that is played. */
  nowMs(): number {
    const grainMs = Math.max(1000, this.options.updatedGrainMs);
    return Math.floor(this.world.clock.nowMs() / grainMs) * grainMs;
  }

  /** MetaData text for an instant. */
  stamp(ms: number): string {
    return stamp(ms, this.zone);
  }

  /** The `time` of a reply. */
  replyTime(): string {
    return stampWithMs(this.world.clock.nowMs(), this.zone);
  }

  /** The next free id; transactions of all kinds share one sequence, each list has its own. */
  nextId(entity: string): string {
    const group = transactionEntities.has(entity) ? [...transactionEntities] : [entity];
    const key = `quickbooks/${this.realm}/next-id/${group.join('+')}`;
    const next = this.world.state.getValue<number>(key) ?? this.#highestId(group) + 1;
    this.world.state.setValue(key, next + 1);
    return String(next);
  }

  /** Runs changes that belong together: all or none. */
  change<T>(work: () => T): T {
    return this.world.state.db.transaction(work)();
  }

  /** Creates or replaces a record with LastUpdatedTime now; SyncToken is the caller's. Returns what was stored. */
  save<T extends NativeEntity>(entity: string, record: T): T {
    return this.change(() => {
      const before = this.read<NativeTransaction>(entity, record.Id);
      const stored = this.#store(entity, record);
      const after: NativeEntity = stored;
      if (transactionEntities.has(entity)) this.#settle(entity, before, after as NativeTransaction);
      return stored;
    });
  }

  /** Replaces a record with LastUpdatedTime now where no balance can have changed; nobody else is touched. */
  replace<T extends NativeEntity>(entity: string, record: T): T {
    return this.#store(entity, record);
  }

  /** Deletes a record, leaving a tombstone for change data capture. */
  remove(entity: string, id: string, mergedInto?: string): void {
    this.change(() => {
      const before = this.read<NativeTransaction>(entity, id);
      const now = this.nowMs();
      const merged = mergedInto === undefined ? {} : { mergedInto };
      this.world.state.put(this.realm, { ...tombstone(entity, id, now, this.stamp(now)), ...merged });
      if (before && transactionEntities.has(entity)) this.#settle(entity, before, undefined);
    });
  }

  /** Living transactions of a customer. Reads every one of the company: for edits by hand, not for replies. */
  transactionsOf(entity: TransactionEntity, customerId: string): NativeTransaction[] {
    const rows = this.world.state.db
      .prepare(
        `SELECT json FROM row WHERE company = ? AND entity = ? AND deleted = 0
         AND json_extract(json, '$.CustomerRef.value') = ? ORDER BY seq`,
      )
      .all(this.realm, entity, customerId) as { json: string }[];
    return rows.map((row) => JSON.parse(row.json) as NativeTransaction);
  }

  #store<T extends NativeEntity>(entity: string, record: T): T {
    const now = this.nowMs();
    const time = this.stamp(now);
    const stored = { ...record, MetaData: { CreateTime: time, ...record.MetaData, LastUpdatedTime: time } };
    this.world.state.put(this.realm, {
      entity,
      id: record.Id,
      updatedMs: now,
      hidden: record['Active'] === false,
      deleted: false,
      json: JSON.stringify(stored),
    });
    return stored;
  }

  #settle(entity: string, before: NativeTransaction | undefined, after: NativeTransaction | undefined): void {
    if (before && after && before.CustomerRef.value === after.CustomerRef.value) {
      this.#move(after.CustomerRef.value, weight(entity, after) - weight(entity, before));
      return;
    }
    if (before) this.#move(before.CustomerRef.value, -weight(entity, before));
    if (after) this.#move(after.CustomerRef.value, weight(entity, after));
  }

  #move(customerId: string, amount: number): void {
    const customer = this.read<NativeCustomer>('Customer', customerId);
    if (!customer) return;
    this.#store('Customer', {
      ...customer,
      Balance: sum(customer.Balance, amount, customer),
      BalanceWithJobs: sum(customer.BalanceWithJobs, amount, customer),
    });
    this.#moveParents(customer, amount);
  }

  /** Parents' BalanceWithJobs follows without touching their update time: only an own transaction does that. */
  #moveParents(customer: NativeCustomer, amount: number): void {
    let at: NativeCustomer | undefined = customer;
    while (at?.ParentRef) {
      const { value } = at.ParentRef;
      const row = this.world.state.get(this.realm, 'Customer', value);
      if (!row || row.deleted) return;
      const parent = JSON.parse(row.json) as NativeCustomer;
      const BalanceWithJobs = sum(parent.BalanceWithJobs, amount, parent);
      this.world.state.put(this.realm, { ...row, json: JSON.stringify({ ...parent, BalanceWithJobs }) });
      at = parent;
    }
  }

  #highestId(group: string[]): number {
    const holes = group.map(() => '?').join(',');
    const row = this.world.state.db
      .prepare(`SELECT max(CAST(id AS INTEGER)) AS top FROM row WHERE company = ? AND entity IN (${holes})`)
      .get(this.realm, ...group) as { top: number | null };
    return row.top ?? 0;
  }
}

/** What a transaction adds to its customer's balance. */
function weight(entity: string, transaction: NativeTransaction): number {
  if (entity === 'Invoice') return transaction.Balance ?? 0;
  return -((entity === 'Payment' ? transaction.UnappliedAmt : transaction.RemainingCredit) ?? 0);
}

// Amounts are floating point in JSON; sums are made in minor units so that no noise is ever stored.
function sum(balance: number | undefined, amount: number, { CurrencyRef }: NativeCustomer): number {
  const currency = CurrencyRef?.value ?? 'USD';
  return toMajor(toMinor(balance ?? 0, currency) + toMinor(amount, currency), currency);
}
