import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoBooks } from '../../emulator/world/demo-books.ts';
import { CommandLine } from '../support/command-line.ts';
import { startWorld, type World } from '../support/world.ts';

const STRICT = `version: 1
name: Strict
rules:
  - { rule: over-limit, useAbovePercent: 100, standing: hold }
  - { rule: overdue, daysAtLeast: 15, amountAtLeast: 500, orShareAtLeastPercent: 10, standing: hold }
standings: { hold: { effect: hold }, stop: { effect: hold } }
releaseHolds: { automatic: true }
reminders: { automatic: true, steps: [1, 10, 20] }
`;
const YEAR = ['--from', '2025-03-12', '--to', '2026-03-11'];

let world: World;
let cli: CommandLine;
let strict: string;

beforeAll(async () => {
  world = await startWorld({ xero: demoBooks(7, 'small').xero.slice(0, 1) });
  await world.night();
  cli = new CommandLine(world.env);
  strict = join(cli.root, 'strict.yaml');
  writeFileSync(strict, STRICT);
}, 120_000);

afterAll(async () => {
  await world?.close();
  cli?.remove();
});

interface Described {
  days: number;
  reconstructed: { days: number; share: number };
  policies: {
    name: string;
    totals: { holds: number; heldDays: number };
    holds: { customer: { id: string }; days: number; verdict: string; sold: object }[];
    days: { day: string; customers: number }[];
  }[];
  comparison: { both: number; onlyFirst: unknown[]; onlySecond: unknown[] } | null;
  caveats: string[];
}

describe('holdfast backtest', () => {
  it('replays a year under a policy and the one in use, and says what of it is rebuilt', async () => {
    const found = await cli.json<Described>('backtest', '--policy', strict, ...YEAR);
    expect(found.policies.map(({ name }) => name)).toEqual(['Strict', 'Default policy']);
    expect(found.reconstructed).toEqual({ days: 364, share: 364 / 365 });
    expect(found.caveats[0]).toContain('364 days of 365 (more than 99 %)');
    for (const { totals, holds, days } of found.policies) {
      expect(totals.holds).toBe(holds.length);
      expect(holds.reduce((sum, hold) => sum + hold.days, 0)).toBe(totals.heldDays);
      expect(days.reduce((sum, day) => sum + day.customers, 0)).toBe(totals.heldDays);
      expect([days.length, days[0]?.day, days.at(-1)?.day]).toEqual([365, '2025-03-12', '2026-03-11']);
    }
    const [first, second] = found.policies.map(
      ({ holds }) => new Set(holds.map(({ customer }) => customer.id)),
    );
    expect(found.comparison?.both).toBe([...first!].filter((id) => second!.has(id)).length);
  });

  it('tells people in sentences, and writes a report where it was asked to', async () => {
    const out = join(cli.root, 'report.html');
    const { code, stdout, stderr } = await cli.run('backtest', '--policy', strict, ...YEAR, '--out', out);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^xero-1 customers and families replayed: \d+\n$/),
    ]);
    expect(stdout).toMatch(/364 of 365 days rebuilt/);
    expect(stdout).toMatch(
      /Strict \(version [0-9a-f]{16}\)\n {2}It would have held \d+ customers, in \d+ holds/,
    );
    expect(readFileSync(out, 'utf8')).toMatch(/^<!doctype html>[^]*What to beware of/);
    const again = await cli.run('backtest', ...YEAR, '--out', out);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('FILE_EXISTS')]);
  });

  it.each([
    [['--from', '2026-02-01', '--to', '2026-01-01'], 2, 'BAD_PERIOD'],
    [['--from', '2026-01-01', '--to', '2026-03-12'], 2, 'BAD_PERIOD'],
    [['--from', '2012-01-01', '--to', '2012-02-01'], 6, 'NO_HISTORY'],
    [['--good-within-days', '-3'], 2, 'USAGE'],
    [['--policy', 'broken.yaml'], 3, 'POLICY_INVALID'],
    [['--policy', 'a.yaml', 'b.yaml', 'c.yaml'], 2, 'TOO_MANY_POLICIES'],
  ])('refuses %j with exit code %d', async (args, code, error) => {
    writeFileSync(join(cli.root, 'broken.yaml'), 'version: 1\nname: Broken\nrulez: []\n');
    const result = await cli.run('backtest', ...args);
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toContain(`error ${error}: `);
    if (error === 'POLICY_INVALID') expect(result.stderr).toContain('line 3, column 8: "rulez" is not known');
  });
});

interface Replayed {
  same: boolean;
  run: number;
  policy: { hash: string };
  parts: { part: string; same: boolean; then: { documents: number }; now: { documents: number } }[];
  differences: { part: string; customer: { name: string }; rule: string | null; fields: object[] }[];
  why: string[];
}

describe('holdfast replay', () => {
  /** Changes the figure of one saved flag behind the product's back, for as long as the work takes. */
  async function withOtherFigure<T>(asOf: string, work: () => Promise<T>): Promise<T> {
    const db = new Database(join(world.env['HOLDFAST_DATA_DIR'] ?? '', 'holdfast.sqlite'));
    const first = 'SELECT rowid, content FROM flag WHERE as_of = ? ORDER BY rowid LIMIT 1';
    const { rowid, content } = db.prepare(first).get(asOf) as { rowid: number; content: string };
    const write = db.prepare('UPDATE flag SET content = ? WHERE rowid = ?');
    write.run(JSON.stringify({ ...(JSON.parse(content) as object), figureMinor: 1 }), rowid);
    try {
      return await work();
    } finally {
      write.run(content, rowid);
      db.close();
    }
  }

  it('gives the same bytes as the night saved', async () => {
    const replayed = await cli.json<Replayed>('replay', '--date', '2026-03-11');
    expect(replayed).toMatchObject({ same: true, differences: [], why: [] });
    expect(replayed.parts.map(({ part, same }) => [part, same])).toEqual([
      ['facts', true],
      ['flags', true],
      ['standings', true],
    ]);
    expect(replayed.parts.every(({ then }) => then.documents > 0)).toBe(true);
    const { code, stdout } = await cli.run('replay', '--date', '2026-03-11');
    expect([code, stdout.match(/the same bytes/g)?.length]).toEqual([0, 3]);
  });

  it('still does after limits, rates and the policy were changed, and the next night was judged', async () => {
    const limits = join(cli.root, 'limits.csv');
    await cli.run('limits', 'export', '--output', limits);
    const halved = readFileSync(limits, 'utf8').replace(/^([^,]+),(\d+)/gm, (_, who: string) => `${who},1`);
    const other = join(cli.root, 'halved.csv');
    writeFileSync(other, halved);
    expect((await cli.run('limits', 'import', other, '--as', 'ann')).code).toBe(0);
    writeFileSync(join(world.env['HOLDFAST_DATA_DIR'] ?? '', 'policy.yaml'), STRICT);
    world.moveTo('2026-03-12T10:00:00Z');
    await world.night();
    expect(await cli.json<Replayed>('replay', '--date', '2026-03-11')).toMatchObject({ same: true });
    const next = await cli.json<Replayed>('replay', '--date', '2026-03-12');
    expect(next).toMatchObject({ same: true });
    const before = await cli.json<Replayed>('replay', '--date', '2026-03-11');
    expect(next.policy.hash).not.toBe(before.policy.hash);
  });

  it('says exactly what differs when something was changed behind its back, with an exit code of its own', async () => {
    await withOtherFigure('2026-03-11', async () => {
      const { code, stdout } = await cli.run('replay', '--date', '2026-03-11', '--json');
      const replayed = JSON.parse(stdout) as Replayed;
      expect([code, replayed.same]).toEqual([10, false]);
      expect(replayed.parts.map(({ part, same }) => [part, same])).toEqual([
        ['facts', true],
        ['flags', false],
        ['standings', true],
      ]);
      expect(replayed.differences).toHaveLength(1);
      expect(replayed.differences[0]?.fields).toEqual([
        { field: 'figureMinor', then: 1, now: expect.any(Number) as number },
      ]);
      expect(replayed.why[0]).toContain('The same release');
      const shown = await cli.run('replay', '--date', '2026-03-11');
      expect([shown.code, shown.stdout]).toEqual([10, expect.stringContaining('figureMinor')]);
    });
  });

  it('refuses a night that never was, and a day that is none', async () => {
    const unknown = await cli.run('replay', '--date', '2026-01-01');
    expect([unknown.code, unknown.stderr]).toEqual([6, expect.stringContaining('NIGHT_UNKNOWN')]);
    expect((await cli.run('replay', '--date', '2026-02-30')).code).toBe(2);
    expect((await cli.run('replay')).code).toBe(2);
  });
});

describe('holdfast simulate', () => {
  it('says who breaches when limits fall, against today', async () => {
    const found = await cli.json<{
      today: { breaches: number; held: number };
      simulated: { breaches: number; held: number };
      breaches: { customer: { id: string }; overMinor: number }[];
    }>('simulate', '--limits', '-20%');
    expect(found.simulated.breaches).toBe(found.breaches.length);
    expect(found.simulated.breaches).toBeGreaterThanOrEqual(found.today.breaches);
    expect(found.breaches.every(({ overMinor }) => overMinor > 0)).toBe(true);
  });

  it.each([
    [['--limits', '-120%'], 'USAGE'],
    [['--rates', 'EUR=+10%', '--rates', 'EUR=-5%'], 'USAGE'],
    [['--rates', 'GBP=+10%'], 'CURRENCY_UNKNOWN'],
    [['--fail', 'Nobody at all'], 'CUSTOMER_UNKNOWN'],
    [[], 'NOTHING_TO_SIMULATE'],
  ])('refuses %j with exit code 2', async (args, error) => {
    const { code, stdout, stderr } = await cli.run('simulate', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error ${error}: `);
  });
});
