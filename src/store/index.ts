export { openStore, type Reader, type Store, type Tx } from './store.ts';
export { withLease } from './lease.ts';
export { migrate, readMigrations } from './migrate.ts';
export type { Schema } from './schema.ts';
