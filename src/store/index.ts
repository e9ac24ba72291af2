export { openStore, WAL_PAGES_OF_JOBS, type Reader, type Store, type Tx } from './store.ts';
export { LEASE_TTL_MS, isLeaseLost, withLease, type Lease } from './lease.ts';
export { openReadingStore, type ReadingStore } from './reading-store.ts';
export { readLeaseHolder, type LeaseHolder } from './lease-holder.ts';
export { inSnapshot, overRows, type Cell, type RowAccess, type RowStatement } from './rows.ts';
export { migrate, readMigrations } from './migrate.ts';
export type { Schema } from './schema.ts';
