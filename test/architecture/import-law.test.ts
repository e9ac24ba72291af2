import { describe, expect, it } from 'vitest';
import { HOUSE } from './house.ts';
import { findCycles } from './import-cycles.ts';
import { checkImportLaw } from './import-law.ts';
import { ALL_FOLDERS, PRODUCT_FOLDERS, ROOT, readTree } from './source-tree.ts';
import { describeViolations } from './violation.ts';

const everything = readTree(ROOT, ALL_FOLDERS);
const product = readTree(ROOT, [...PRODUCT_FOLDERS, 'emulator']);

describe('the import law', () => {
  it('is kept by every file of the project', () => {
    expect(everything.length).toBeGreaterThan(50);
    expect(describeViolations(checkImportLaw(everything, HOUSE))).toEqual([]);
  });

  it('has no ring of files that import each other', () => {
    expect(describeViolations(findCycles(product))).toEqual([]);
  });

  it('sees every import, because none is computed at run time', () => {
    const computed = product.flatMap((module) =>
      module.imports
        .filter((site) => site.specifier === undefined)
        .map((site) => `${module.path}:${String(site.line)}`),
    );
    expect(computed).toEqual([]);
  });
});
