import Database from 'better-sqlite3';
import { migrate, readMigrations } from '../../src/store/index.ts';

/** Migrates a database file by the product's own code, with one migration more that takes for ever: it is killed in it. */
const [file = '', where = ''] = process.argv.slice(2);
const endless =
  'CREATE TABLE endless (n INTEGER); INSERT INTO endless WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c;';
const all = readMigrations();
const known = where === 'first' ? [] : all;
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('cache_size = 10');
process.stdout.write('begun\n');
migrate(db, file, [...known, { name: '9999-endless.sql', sql: endless, hash: 'x' }]);
