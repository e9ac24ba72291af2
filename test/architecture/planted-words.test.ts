import { describe, expect, it } from 'vitest';
import { SILENCERS } from './escape-hatches.ts';
import { findForbiddenWords } from './forbidden-words.ts';
import { plantTree } from './planted-tree.ts';
import { checkTableOwners, tablesMade } from './table-owners.ts';

const rulesBroken = (path: string, text: string): string[] =>
  findForbiddenWords(plantTree({ [path]: text })).map((violation) => violation.rule);

describe('the search for forbidden words catches', () => {
  const caught: [string, string][] = [
    ['process.env', 'const port = process.env.PORT;'],
    ['process.env', `const port = process['env'];`],
    ['process.env', 'const { env } = process;'],
    ['process.env', `import { env } from 'node:process';`],
    ['fetch', `await fetch('https://api.example.com');`],
    ['fetch', 'const get = globalThis.fetch;'],
    ['sockets', `import { request } from 'node:https';`],
    ['time and chance', 'const now = Date.now();'],
    ['time and chance', 'const now = new Date();'],
    ['time and chance', 'setTimeout(work, 5);'],
    ['time and chance', 'setInterval(work, 5);'],
    ['time and chance', `import { setTimeout as wait } from 'node:timers/promises';`],
    ['time and chance', 'const dice = Math.random();'],
    ['time and chance', 'const today = DateTime.utc();'],
    ['Kysely and SQL', `import type { Kysely } from 'kysely';`],
    ['Kysely and SQL', `db.prepare('SELECT id FROM invoice WHERE x = 1');`],
    ['Kysely and SQL', 'db.exec(`delete from ${table} where x = 1`);'],
    ['Kysely and SQL', `tx.selectFrom('invoice');`],
    ['Kysely and SQL', 'const now = sql`now()`;'],
    ['console', `console.log('here');`],
    ['no any', 'export const x = (y: any) => y;'],
    ['no any', 'export const x = y as unknown as string;'],
    ['no any', 'export const x = (y as unknown) as string;'],
  ];
  it.each(caught)('%s in: %s', (rule, text) => {
    const broken = rulesBroken('src/outbox/send.ts', text);
    expect(broken).toHaveLength(1);
    expect(broken[0]).toContain(rule);
  });

  it('comments that switch a checker off', () => {
    expect(SILENCERS.test('// @ts-expect-error later')).toBe(true);
    expect(SILENCERS.test('/* eslint-disable */')).toBe(true);
  });
});

describe('the search for forbidden words allows', () => {
  const allowed: [string, string][] = [
    ['src/config.ts', 'export const read = () => process.env;'],
    ['src/lib/clock.ts', 'export const now = () => Date.now();'],
    ['src/facts/store.ts', `import { sql } from 'kysely';`],
    ['src/cli/main.ts', `console.log('done');`],
    ['connectors/kit/http.ts', `await fetch('https://api.example.com');`],
    ['connectors/quickbooks/query.ts', 'export const q = `select * from Customer where Id = ${id}`;'],
    ['src/outbox/send.ts', 'export const due = new Date(instantMs);'],
    ['src/outbox/send.ts', '// fetch(x) and Date.now() in a comment are words, not calls'],
    ['src/outbox/send.ts', `export const text = 'Select a customer from the list';`],
    ['src/outbox/send.ts', `import type { IncomingMessage } from 'node:http';`],
  ];
  it.each(allowed)('in %s: %s', (path, text) => {
    expect(rulesBroken(path, text)).toEqual([]);
  });
});

describe('the owners of tables', () => {
  const owners = new Map([['invoice', 'src/mirror']]);
  const judge = (path: string, text: string): string[] =>
    checkTableOwners(plantTree({ [path]: text }), owners).map((violation) => violation.text);

  it('may write, and others may read', () => {
    expect(judge('src/mirror/upsert.ts', `db.prepare('INSERT OR IGNORE INTO invoice VALUES (?)');`)).toEqual(
      [],
    );
    expect(judge('src/facts/store.ts', `reader.selectFrom('invoice').selectAll();`)).toEqual([]);
  });

  const strangers: [string][] = [
    [`tx.insertInto('invoice').values(row);`],
    [`tx.updateTable('invoice').set(row);`],
    [`tx.deleteFrom('invoice');`],
    [`db.exec('insert into invoice values (1)');`],
    ['db.exec(`UPDATE invoice SET open_minor = ${amount}`);'],
    [`db.exec("DELETE FROM invoice");`],
  ];
  it.each(strangers)('are the only writers: elsewhere this is caught: %s', (text) => {
    expect(judge('src/facts/store.ts', text)).toEqual([`writes to invoice, which is src/mirror's`]);
  });

  it('are known for every table, and a name computed at run time is nobody’s', () => {
    expect(judge('src/facts/store.ts', `tx.insertInto('scores');`)[0]).toContain('no owner');
    expect(judge('src/facts/store.ts', 'tx.insertInto(table);')[0]).toContain('computed');
  });

  it('are asked of every table that a migration makes', () => {
    const sql = 'CREATE TABLE one (x);\ncreate table if not exists "two" (x);\n-- CREATE TABLE three (x)';
    expect(tablesMade(sql)).toEqual(['one', 'two']);
  });
});
