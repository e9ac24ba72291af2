export {
  forgetTokens,
  readCompanyId,
  readConnection,
  readConnections,
  saveConnection,
  setConnectionMode,
  setConnectionState,
  setConnectionZone,
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
export { syncConnection, type SyncOptions, type SyncProgress, type SyncSummary } from './sync.ts';
export { readLastRun, readPublishedRun, type Run } from './runs.ts';
export {
  countRows,
  readCustomers,
  readOpenItems,
  readQuarantined,
  type LedgerCustomer,
  type OpenCredit,
  type OpenInvoice,
  type OpenItems,
} from './ledger.ts';
export {
  readBookedRates,
  readListedRates,
  replaceFileRates,
  type KnownRate,
  type RateSource,
} from './rates.ts';
export { type UpsertCounts } from './upsert.ts';
