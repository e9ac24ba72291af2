import Database from 'better-sqlite3';

/** One platform-native record: the JSON that the platform would serve, with what paging and filters need. */
export interface NativeRow {
  entity: string;
  id: string;
  /** World instant of the last change; paging by update time reads it. */
  updatedMs: number;
  /** True for rows the platform hides unless asked (archived contacts, inactive customers). */
  hidden: boolean;
  /** True for tombstones (QuickBooks: deleted rows are seen in CDC only). */
  deleted: boolean;
  json: string;
  /** Facets that lists filter by without opening the JSON; null where the platform has none. */
  type?: string | null;
  status?: string | null;
  /** Told to the watcher, not kept: into which record this tombstone was merged. */
  mergedInto?: string;
}

/** A record that was just written, and what stood there before. */
export interface RowChange {
  company: string;
  row: NativeRow;
  before: NativeRow | undefined;
}

/**
 * The emulated companies' records in one SQLite file (or ':memory:'), as platform-native JSON. It is the only
 * place where the emulator keeps anything: rows, tokens, effects, the clock. A million invoices stay on disk.
 */
export class WorldState {
  readonly db: Database.Database;
  readonly #upsert: Database.Statement;
  readonly #get: Database.Statement;
  readonly #setKv: Database.Statement;
  readonly #getKv: Database.Statement;
  #watcher: ((change: RowChange) => void) | undefined;
  readonly #versions = new Map<string, number>();
  readonly #statements = new Map<string, Database.Statement>();

  constructor(file: string) {
    this.db = new Database(file);
    this.db.pragma('journal_mode = WAL');
    this.db.pragma('synchronous = NORMAL');
    this.db.exec(SCHEMA);
    this.#upsert = this.db.prepare(
      `INSERT INTO row (company, entity, id, updated_ms, hidden, deleted, type, status, json)
       VALUES (?,?,?,?,?,?,?,?,?)
       ON CONFLICT (company, entity, id) DO UPDATE SET updated_ms = excluded.updated_ms,
         hidden = excluded.hidden, deleted = excluded.deleted, type = excluded.type,
         status = excluded.status, json = excluded.json`,
    );
    this.#get = this.db.prepare(
      `SELECT entity, id, updated_ms AS updatedMs, hidden, deleted, type, status, json FROM row
       WHERE company = ? AND entity = ? AND id = ?`,
    );
    this.#setKv = this.db.prepare(
      'INSERT INTO kv (key, value) VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    );
    this.#getKv = this.db.prepare('SELECT value FROM kv WHERE key = ?');
  }

  /** Creates or replaces one record. */
  put(company: string, row: NativeRow): void {
    const before = this.#watcher && this.get(company, row.entity, row.id);
    this.#upsert.run(
      company,
      row.entity,
      row.id,
      row.updatedMs,
      row.hidden ? 1 : 0,
      row.deleted ? 1 : 0,
      row.type ?? null,
      row.status ?? null,
      row.json,
    );
    this.touch(company);
    this.#watcher?.({ company, row, before });
  }

  /** Tells one watcher of every record that `put` writes from now on; undefined ends that. */
  watch(watcher: ((change: RowChange) => void) | undefined): void {
    this.#watcher = watcher;
  }

  /** Takes one record away without a trace: no tombstone, no update time, no word to the watcher. */
  erase(company: string, entity: string, id: string): void {
    this.sql('DELETE FROM row WHERE company = ? AND entity = ? AND id = ?').run(company, entity, id);
    this.touch(company);
  }

  /** Counts a change of a company's records; whoever writes table `row` past `put` calls it. */
  touch(company: string): void {
    this.#versions.set(company, this.version(company) + 1);
  }

  /** Grows with every change of a company's records, so that lists know when a count or order is stale. */
  version(company: string): number {
    return this.#versions.get(company) ?? 0;
  }

  /** Loads a stream of records in transactions of 1,000. Returns how many there were. */
  putAll(company: string, rows: Iterable<NativeRow>): number {
    let batch: NativeRow[] = [];
    let count = 0;
    const flush = this.db.transaction((some: NativeRow[]) => some.forEach((row) => this.put(company, row)));
    for (const row of rows) {
      count += 1;
      if (batch.push(row) < 1000) continue;
      flush(batch);
      batch = [];
    }
    flush(batch);
    return count;
  }

  /**
   * Runs the loading of a whole world faster: a larger cache, no waiting for the disk, the paging index made once at
   * the end. A crash in the middle leaves a file that has to be loaded again.
   */
  bulk(work: () => void): void {
    this.db.exec(`DROP INDEX IF EXISTS row_by_update;
      PRAGMA synchronous = OFF; PRAGMA cache_size = -98304; PRAGMA wal_autocheckpoint = 32768`);
    work();
    this.db.exec(`${PAGING_INDEX}; PRAGMA wal_checkpoint(TRUNCATE);
      PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 1000`);
  }

  /** One record by its platform id, or undefined. */
  get(company: string, entity: string, id: string): NativeRow | undefined {
    const row = this.#get.get(company, entity, id) as RawRow | undefined;
    return row && { ...row, hidden: row.hidden === 1, deleted: row.deleted === 1 };
  }

  /** A prepared statement, prepared once per text: preparing costs more than most of the emulator's queries. */
  sql(text: string): Database.Statement {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.db.prepare(text)));
    return statement;
  }

  /** Small named values kept with the world (clock, seed, token tables as JSON). */
  setValue(key: string, value: unknown): void {
    this.#setKv.run(key, JSON.stringify(value));
  }

  getValue<T>(key: string): T | undefined {
    const row = this.#getKv.get(key) as { value: string } | undefined;
    return row && (JSON.parse(row.value) as T);
  }

  close(): void {
    this.db.close();
  }
}

type RawRow = Omit<NativeRow, 'hidden' | 'deleted'> & { hidden: number; deleted: number };

const PAGING_INDEX = `CREATE INDEX IF NOT EXISTS row_by_update
  ON row (company, entity, updated_ms, seq, hidden, deleted, type, status)`;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS row (
    seq INTEGER PRIMARY KEY,
    company TEXT NOT NULL, entity TEXT NOT NULL, id TEXT NOT NULL,
    updated_ms INTEGER NOT NULL, hidden INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
    type TEXT, status TEXT, json TEXT NOT NULL,
    UNIQUE (company, entity, id));
  ${PAGING_INDEX};
  CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS effect (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL, platform TEXT NOT NULL, company TEXT, kind TEXT NOT NULL, target TEXT,
    method TEXT, path TEXT, request_id TEXT, body TEXT);
  CREATE TABLE IF NOT EXISTS company (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, remote_id TEXT NOT NULL UNIQUE,
    book_id TEXT NOT NULL, json TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS credit_limit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, remote_id TEXT NOT NULL, customer TEXT NOT NULL,
    "limit" TEXT NOT NULL, "group" TEXT NOT NULL, group_limit TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS credit_limit_of ON credit_limit (remote_id);
`;
