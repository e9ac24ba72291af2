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
  concernsEverybody,
  countQuarantined,
  countRows,
  readCustomerNames,
  readCustomers,
  readOpenItems,
  readQuarantined,
  type LedgerCustomer,
  type OpenCredit,
  type OpenInvoice,
  type OpenItems,
  type QuarantinedRecord,
} from './ledger.ts';
export {
  readBookedRates,
  readListedRates,
  replaceFileRates,
  type KnownRate,
  type RateSource,
} from './rates.ts';
export { type UpsertCounts } from './upsert.ts';
