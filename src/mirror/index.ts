export {
  assertActive,
  forgetTokens,
  readCompanyId,
  readConnection,
  readConnections,
  saveConnection,
  setConnectionMode,
  setConnectionState,
  setConnectionZone,
  stopConnections,
  type Connection,
  type ConnectionMode,
  type ConnectionState,
} from './connections.ts';
export {
  TokenKeeper,
  needsReconnect,
  readTokenSet,
  savePendingAuthorization,
  saveTokenSet,
  takePendingAuthorization,
} from './tokens.ts';
export { guardCompany } from './company-guard.ts';
export { syncConnection, type SyncOptions, type SyncSummary } from './sync.ts';
export { type SyncProgress } from './run-work.ts';
export { readSweep, type Sweep, type SweepChoice } from './sweep.ts';
export { countStaleBalances } from './balances.ts';
export { syncHinted } from './hinted-sync.ts';
export { readSilentSince } from './notice-silence.ts';
export { readNoticeDrops, saveNotice, takeNotices, type NoticeDropReason } from './notices.ts';
export { readExpiries, readNewExpiries, type Expiry } from './expiry.ts';
export { callBudget, readBudget } from './budget.ts';
export { readFactsRun, readLastFullRun, readLastRun, readPublishedRun, readRun, type Run } from './runs.ts';
export {
  countQuarantined,
  countRows,
  readCustomerNames,
  readCustomers,
  readDrafts,
  readLedger,
  readOpenItems,
  type LedgerCustomer,
  type LedgerView,
  type OpenCredit,
  type OpenInvoice,
  type OpenItems,
} from './ledger.ts';
export { type IdRange, type RowView } from './rows-at.ts';
export { concernsEverybody, readQuarantined, type QuarantinedRecord } from './quarantined.ts';
export { readOpenOrders } from './orders.ts';
export { readRelatives } from './relatives.ts';
export { readMirrorMoment, type MirrorMoment, type Moment } from './moment.ts';
export { readBookedRates } from './booked-rates.ts';
export { readListedRates, replaceFileRates, type KnownRate, type RateSource } from './rates.ts';
export { readHistory, type LedgerHistory } from './history.ts';
export { type InvoiceHistory, type RecordHistory, type Settlement, type Since } from './record-history.ts';
export { type RunDay } from './row-versions.ts';
export { type UpsertCounts } from './upsert.ts';
export {
  findCustomers,
  findSurvivor,
  readCustomerRefs,
  type CustomerName,
  type CustomerRef,
} from './find-customers.ts';
