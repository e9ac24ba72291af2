import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOUSE } from './house.ts';
import { PRODUCT_FOLDERS, ROOT, listFiles, readTree } from './source-tree.ts';
import { checkTableOwners, tablesMade } from './table-owners.ts';
import { describeViolations } from './violation.ts';

const migrations = listFiles(ROOT, 'src/store/migrations').filter((file) => file.endsWith('.sql'));
const tables = migrations.flatMap((file) => tablesMade(readFileSync(join(ROOT, file), 'utf8')));

describe('tables and owners', () => {
  it('only the owner of a table writes to it', () => {
    const violations = checkTableOwners(readTree(ROOT, PRODUCT_FOLDERS), HOUSE.owners);
    expect(describeViolations(violations)).toEqual([]);
  });

  it('every table that a migration makes has an owner', () => {
    expect(tables.length).toBeGreaterThan(10);
    expect(tables.filter((table) => !HOUSE.owners.has(table))).toEqual([]);
  });

  it('every table with an owner is made by a migration, or by the runner of the migrations itself', () => {
    const known = new Set([...tables, 'migration']);
    expect([...HOUSE.owners.keys()].filter((table) => !known.has(table))).toEqual([]);
  });

  it('every owner is a folder of the project', () => {
    expect([...HOUSE.owners.values()].filter((owner) => !existsSync(join(ROOT, owner)))).toEqual([]);
  });
});
