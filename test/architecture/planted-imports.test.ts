import { describe, expect, it } from 'vitest';
import { HOUSE } from './house.ts';
import { readHouseTables } from './house-tables.ts';
import { findCycles } from './import-cycles.ts';
import { checkImportLaw } from './import-law.ts';
import { plantTree } from './planted-tree.ts';

/** What the law says of one planted file, as 'rule: text'. */
function judge(path: string, text: string): string[] {
  const violations = checkImportLaw(plantTree({ [path]: text }), HOUSE);
  return violations.map((violation) => `${violation.file} | ${violation.rule} | ${violation.text}`);
}

describe('the import law catches', () => {
  const caught: [string, string, string][] = [
    ['a rule that reads the store', 'src/rules/late.ts', `import { openStore } from '../store/index.ts';`],
    ['an import of types only', 'src/domain/day.ts', `import type { Log } from '../lib/index.ts';`],
    ['a type named inside a type', 'src/domain/day.ts', `export type L = import('../lib/index.ts').Log;`],
    ['a re-export', 'src/facts/index.ts', `export * from '../outbox/index.ts';`],
    ['an import at run time', 'src/rules/late.ts', `await import('../outbox/index.ts');`],
    ['another stage by the back door', 'src/outbox/send.ts', `import { x } from '../facts/store.ts';`],
    ['a connector that knows another', 'connectors/xero/map.ts', `import { x } from '../quickbooks/map.ts';`],
    [
      'a connector that knows a stage',
      'connectors/mail/push.ts',
      `import { x } from '../../src/mirror/index.ts';`,
    ],
    [
      'a stage that knows a platform',
      'src/outbox/send.ts',
      `import { x } from '../../connectors/xero/index.ts';`,
    ],
    ['the registry outside of app.ts', 'src/nightly.ts', `import { x } from '../connectors/registry.ts';`],
    [
      'an emulator that shares a parser',
      'emulator/xero/api.ts',
      `import { x } from '../../connectors/xero/wire.ts';`,
    ],
    [
      'an emulator that shares a type',
      'emulator/main.ts',
      `import type { Day } from '../src/domain/index.ts';`,
    ],
    ['a product that needs a test', 'src/web/page.ts', `import { x } from '../../test/support/world.ts';`],
    ['a page that opens the database', 'src/web/page.ts', `import { x } from '../store/index.ts';`],
    [
      'an emulator inside of the command line',
      'src/cli/demo.ts',
      `import { x } from '../../emulator/main.ts';`,
    ],
    ['a package in pure code', 'src/rules/late.ts', `import { Kysely } from 'kysely';`],
    ['a Node module in pure code', 'src/facts/ageing.ts', `import { readFileSync } from 'node:fs';`],
    ['a package in a script', 'scripts/run.js', `import { z } from 'zod';`],
    ['a folder that the table does not know', 'src/scoring/score.ts', `export const x = 1;`],
  ];
  it.each(caught)('%s', (_what, path, text) => {
    const verdict = judge(path, text);
    expect(verdict).toHaveLength(1);
    expect(verdict[0]).toContain(path);
  });

  it('a type import turned into a real one where only types are allowed', () => {
    expect(judge('src/nightly.ts', `import type { App } from './app.ts';`)).toEqual([]);
    expect(judge('src/nightly.ts', `import { App } from './app.ts';`)).toEqual([
      'src/nightly.ts | import law: src/nightly.ts | src/app.ts may be imported for its types only',
    ]);
  });
});

describe('the import law allows', () => {
  const allowed: [string, string, string][] = [
    ['its own folder', 'connectors/xero/pull.ts', `import { x } from './map.ts';`],
    ['another stage by its door', 'src/outbox/send.ts', `import { x } from '../facts/index.ts';`],
    ['what connectors share', 'connectors/xero/client.ts', `import { x } from '../kit/http.ts';`],
    ['decimal.js and luxon in pure code', 'src/facts/ageing.ts', `import { Decimal } from 'decimal.js';`],
    ['Kysely in the store of the facts', 'src/facts/store.ts', `import { sql } from 'kysely';`],
    ['anything in a test', 'test/unit/x.test.ts', `import { x } from '../../src/facts/store.ts';`],
  ];
  it.each(allowed)('%s', (_what, path, text) => {
    expect(judge(path, text)).toEqual([]);
  });
});

describe('the search for cycles', () => {
  it('finds a ring of three files once, types included', () => {
    const ring = plantTree({
      'src/a.ts': `import { b } from './b.ts';`,
      'src/b.ts': `import type { C } from './c.ts';`,
      'src/c.ts': `import { a } from './a.ts';`,
      'src/d.ts': `import { a } from './a.ts';`,
    });
    expect(findCycles(ring).map((cycle) => cycle.text)).toEqual([
      'src/a.ts → src/b.ts → src/c.ts → src/a.ts',
    ]);
  });
});

describe('the tables of CONTRIBUTING.md', () => {
  const tables = (cell: string): string =>
    [
      'The stages are `src/facts`, `src/rules`.',
      '',
      `| module | may import |\n|---|---|\n| \`src/x\` | ${cell} |`,
      '',
      '| module | packages |\n|---|---|\n| `src/x` | none |',
      '',
      '| owner | tables |\n|---|---|\n| `src/x` | `one`, `two` |',
    ].join('\n');

  it('are read row by row', () => {
    const { law, owners } = readHouseTables(tables('`src/lib`, `src/app.ts` (types), stage doors'));
    expect(law).toEqual([
      {
        module: 'src/x',
        may: [
          { pattern: 'src/lib/index.ts', typesOnly: false },
          { pattern: 'src/app.ts', typesOnly: true },
          { pattern: 'src/facts/index.ts', typesOnly: false },
          { pattern: 'src/rules/index.ts', typesOnly: false },
        ],
      },
    ]);
    expect(Object.fromEntries(owners)).toEqual({ one: 'src/x', two: 'src/x' });
  });

  it('are refused when a cell says something that nobody checks', () => {
    expect(() => readHouseTables(tables('most of `src/lib`'))).toThrow('most of `src/lib`');
    expect(() => readHouseTables('no tables')).toThrow('The stages are');
  });
});
