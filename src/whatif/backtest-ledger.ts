import type { CaseFile } from '../cases/index.ts';
import type { CustomerId, Day } from '../domain/index.ts';
import type {
  RecordHistory,
  InvoiceHistory,
  KnownRate,
  LedgerCustomer,
  OpenCredit,
  OpenInvoice,
  Since,
} from '../mirror/index.ts';

/** Everything that a backtest needs of one company, read once. Money in minor units. */
export interface BacktestLedger {
  baseCurrency: string;
  customers: RecordHistory<LedgerCustomer>[];
  invoices: InvoiceHistory[];
  credits: RecordHistory<OpenCredit>[];
  drafts: RecordHistory<OpenInvoice>[];
  orders: RecordHistory<OpenInvoice>[];
  rates: DatedRates;
  /** What people knew, ascending; the first entry counts for the days before it as well. */
  cases: Since<CaseFile>[];
  /** Customers that a row in quarantine makes uncertain, ascending. */
  incomplete: Since<ReadonlySet<CustomerId> | 'everybody'>[];
  /** Customers that nothing is done to. */
  excluded: ReadonlySet<CustomerId>;
  /** Days before this one are rebuilt from the dates of documents. */
  exactFrom: Day;
  /** The day of the last sync: what came of an invoice is known until then. */
  knownUntil: Day;
}

/** Rates as the days of a period could know them. */
export interface DatedRates {
  /** For days that are rebuilt: every rate of every source; a day sees those of that day or before. */
  rebuilt: KnownRate[];
  /** For the days since the first sync: what was known at the end of each. */
  exact: ReadonlyMap<Day, KnownRate[]>;
}

/** Which days are replayed, both included. */
export interface Period {
  from: Day;
  to: Day;
}
