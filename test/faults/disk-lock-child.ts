import Database from 'better-sqlite3';

/** Holds a lock on a database file until it is killed: 'write' as a writer that hangs, 'read' as a reader that does not end. */
const [file = '', how = ''] = process.argv.slice(2);
const db = new Database(file);
db.exec(how === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN');
db.prepare('SELECT count(*) FROM policy_version').get();
process.stdout.write('holding\n');
// The timer keeps the process, and the handle with it: one that is collected gives its lock up.
setInterval(() => db.open, 60_000);
