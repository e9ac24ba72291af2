import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHouseTables, type HouseTables } from './house-tables.ts';
import { ROOT } from './source-tree.ts';

/** The tables that CONTRIBUTING.md shows. */
export const HOUSE: HouseTables = readHouseTables(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'));
