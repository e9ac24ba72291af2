import type { Database } from 'better-sqlite3';

/** Where the rows of the platform rest; everything else that a run writes says how the run went. */
const MIRROR_TABLES = ['customer', 'invoice', 'credit', 'payment', 'row_history', 'quarantine'];

/** From now on every row that this connection inserts, updates or deletes is counted, table by table. */
export function countWrites(db: Database): void {
  db.exec('CREATE TEMP TABLE written (name TEXT PRIMARY KEY, rows INTEGER NOT NULL)');
  const tables = db
    .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[];
  for (const table of tables) {
    db.prepare('INSERT INTO temp.written VALUES (?, 0)').run(table);
    for (const event of ['INSERT', 'UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TEMP TRIGGER "count_${event}_${table}" AFTER ${event} ON main."${table}"
         BEGIN UPDATE written SET rows = rows + 1 WHERE name = '${table}'; END`,
      );
    }
  }
}

/** Rows written since: those of the mirror, and those that say how the run went (cursor, run, audit). */
export function readWrites(db: Database): { mirrorRows: number; otherRows: number } {
  const written = db.prepare('SELECT name, rows FROM temp.written').all() as { name: string; rows: number }[];
  const sum = (mirror: boolean): number =>
    written
      .filter(({ name }) => MIRROR_TABLES.includes(name) === mirror)
      .reduce((total, { rows }) => total + rows, 0);
  return { mirrorRows: sum(true), otherRows: sum(false) };
}
