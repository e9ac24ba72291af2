import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ledgerBook, ledgerNowMs } from '../../emulator/world/ledger.ts';
import { expected, FORTY_AS_OF, FORTY_NOW_MS, fortyBook } from '../../fixtures/ledgers/forty.ts';
import type {
  ExpectedCustomer,
  ExpectedFigures,
  ExpectedOutcome,
} from '../../fixtures/ledgers/forty-expected.ts';
import { parseDay } from '../../src/domain/index.ts';
import { readFacts, type CustomerFacts, type Position } from '../../src/facts/index.ts';
import { judge, type Judgement } from '../../src/nightly.ts';
import { ledgerFigures, madeUpLedger, monthEnds, type LedgerFigures } from '../support/csv-ledger.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

async function open(...options: Parameters<typeof startWorld>): Promise<World> {
  world = await startWorld(...options);
  return world;
}

/** Customer, day, exposure and unapplied in its own currency, before and on the day of something in the ledger. */
const earlierDays: [id: string, asOf: string, exposureMinor: number, unappliedMinor: number][] = [
  // 001 500.00 + 002 400.00; 100.00 of it paid on the 5th.
  ['aldwick', '2026-03-04', 900_00, 0],
  ['aldwick', '2026-03-05', 800_00, 0],
  // 005 700.00, alone then; credit note 006 takes 200.00 off it on the day of both.
  ['birkdale', '2026-02-19', 700_00, 0],
  ['birkdale', '2026-02-20', 500_00, 0],
  // 010 1,400.01 − credit note 011 300.00, of which 100.00 is set against it two days later.
  ['dunmore', '2026-03-03', 1400_01, 0],
  ['dunmore', '2026-03-05', 1100_01, 300_00],
  ['dunmore', '2026-03-06', 1100_01, 200_00],
  // 019 300.00 + 020 80.00 − prepayment 021 200.00, which pays 020 on the 17th.
  ['halden', '2026-02-16', 180_00, 200_00],
  ['halden', '2026-02-17', 180_00, 120_00],
  // 022 400.00 + 024 1,000.04; then 500.00 come in for 022, 100.00 too much. EUR.
  ['ilex', '2026-02-19', 1400_04, 0],
  ['ilex', '2026-02-20', 900_04, 100_00],
];

describe.each(['xero', 'quickbooks'] as const)('the ledger of forty documents on %s', (platform) => {
  const names = new Map<string, string>();
  for (const entry of fortyBook.entries()) if (entry.entry === 'customer') names.set(entry.id, entry.name);
  const cases = Object.entries(expected).map(([id, figures]) => [names.get(id) ?? id, figures] as const);

  async function judged(): Promise<Judgement> {
    const { app, ids, sync, connection } = await open({
      [platform]: [fortyBook],
      now: new Date(FORTY_NOW_MS).toISOString(),
      mail: false,
    });
    await sync(ids[0]);
    return judge(app, await connection(), parseDay(FORTY_AS_OF));
  }

  /** On QuickBooks the branches belong to their parent; Xero knows no parents. */
  const outcomeOf = (customer: ExpectedCustomer): ExpectedOutcome =>
    platform === 'quickbooks' ? (customer.rolledUp ?? customer) : customer;

  it('has the facts, flags and standings that were worked out on paper', async () => {
    const { day, flags, standings } = await judged();
    const facts = new Map(day.facts.map((one) => [one.customer.name, one]));
    const found = cases.map(([name]) => {
      const one = facts.get(name)!;
      const own = flags.filter((flag) => flag.customerId === one.customer.id);
      return {
        name,
        own: figuresOf(one.own),
        total: figuresOf(one.total),
        flags: own.map((flag) => ({
          rule: flag.rule,
          standing: flag.severity === 'info' ? null : flag.severity,
        })),
        standing: standings.find((decision) => decision.customerId === one.customer.id)?.standing,
      };
    });
    const wanted = cases.map(([name, customer]) => {
      const outcome = outcomeOf(customer);
      return {
        name,
        own: figuresIn(customer),
        total: figuresIn(outcome),
        flags: outcome.flags,
        standing: outcome.standing,
      };
    });
    expect(found).toEqual(wanted);
    expect(facts.size).toBe(cases.length);
  });

  it('is rebuilt as of earlier days from the dates of its documents and of what was set against them', async () => {
    const { app, ids, sync, connection } = await open({
      [platform]: [fortyBook],
      now: new Date(FORTY_NOW_MS).toISOString(),
      mail: false,
    });
    await sync(ids[0]);
    const found = [];
    for (const [id, asOf] of earlierDays) {
      const day = await readFacts(app.store.reader, await connection(), app.policy(), parseDay(asOf));
      const own = day.facts.find((one) => one.customer.name === names.get(id))!.own.byCurrency[0]!;
      found.push([id, asOf, own.exposureMinor, own.unappliedMinor]);
    }
    // QuickBooks keeps no day on which a payment was set against an invoice: it counts from the payment's own day.
    const undated = (id: string, asOf: string): boolean =>
      platform === 'quickbooks' && id === 'halden' && asOf === '2026-02-16';
    expect(found).toEqual(
      earlierDays.map(([id, asOf, exposure, unapplied]) => [
        id,
        asOf,
        exposure,
        undated(id, asOf) ? 120_00 : unapplied,
      ]),
    );
  });

  it('converts each foreign net once, at the newest rate booked, and shows the rate', async () => {
    const { day } = await judged();
    for (const [name, { foreign, exposureMinor }] of cases) {
      if (foreign === undefined) continue;
      const [conversion] = day.facts.find((one) => one.customer.name === name)?.own.conversions ?? [];
      expect(conversion).toMatchObject({
        currency: foreign.currency,
        openMinor: foreign.openMinor,
        baseMinor: exposureMinor,
        date: '2026-03-02',
      });
      expect(Number(conversion?.rate)).toBeCloseTo(Number(foreign.rate), 9);
    }
  });

  it('explains every limit flag by sums that anybody can redo', async () => {
    const { flags } = await judged();
    const limitFlags = flags.filter((flag) => /limit$/.test(flag.rule));
    expect(limitFlags.length).toBeGreaterThanOrEqual(5);
    for (const { inputs, figureMinor } of limitFlags) {
      for (const rate of inputs.rates) {
        const of = (some: { currency: string; openMinor: number }[]): number =>
          some.filter((one) => one.currency === rate.currency).reduce((sum, one) => sum + one.openMinor, 0);
        expect(of(inputs.invoices) - of(inputs.credits)).toBe(rate.openMinor);
      }
      expect(inputs.rates.reduce((sum, rate) => sum + rate.baseMinor, 0)).toBe(figureMinor);
    }
  });
});

function figuresOf({ base, daysOverdueMax }: Position): (ExpectedFigures & { balanceMinor: number }) | null {
  return base === null ? null : { ...base, daysOverdueMax };
}

/** By the default policy nothing but open items counts: the balance is the exposure. */
function figuresIn(of: ExpectedFigures): ExpectedFigures & { balanceMinor: number } {
  const { exposureMinor, unappliedMinor, ageing, overdueMinor, daysOverdueMax } = of;
  return { exposureMinor, balanceMinor: exposureMinor, unappliedMinor, ageing, overdueMinor, daysOverdueMax };
}

/** The published ledger is not part of the project: it is read where it lies, and the made-up one always. */
const published = resolve(import.meta.dirname, '../../../shared/data/ledger-ibm.csv');
const ledgers = [
  { name: 'a made-up ledger', csv: madeUpLedger(7, 40, 600) },
  ...(existsSync(published) ? [{ name: 'the published ledger', csv: readFileSync(published, 'utf8') }] : []),
];

describe.each(ledgers)('$name, as CSV', ({ csv }) => {
  const days = [...monthEnds(), '2013-06-30'].sort();

  it(
    'has the same facts on both platforms at every month end, those of the rule',
    { timeout: 120_000 },
    async () => {
      const seen = new Map<string, number>();
      for (const today of days) {
        const [xero, quickbooks] = await served(csv, today);
        const wanted = ledgerFigures(csv, today);
        expect(xero, `Xero on ${today}`).toEqual(wanted);
        expect(quickbooks, `QuickBooks on ${today}`).toEqual(wanted);
        seen.set(today, wanted.size);
      }
      expect([...seen.values()].filter((owing) => owing > 10).length).toBeGreaterThan(20);
    },
  );

  it('lets an earlier day be rebuilt from the newest sync', { timeout: 60_000 }, async () => {
    const { app, ids, sync, connection } = await serve(csv, '2013-12-31');
    for (const id of ids) {
      await sync(id);
      for (const earlier of days) {
        const day = await readFacts(app.store.reader, await connection(id), app.policy(), parseDay(earlier));
        expect(day.reconstructed).toBe(earlier !== '2013-12-31');
        expect(owing(day.facts), `${id} as of ${earlier}`).toEqual(ledgerFigures(csv, earlier));
      }
    }
  });
});

const ZONE = 'America/New_York';

function serve(csv: string, today: string): Promise<World> {
  const company = { id: 'ledger', name: 'Ledger Inc.', timeZone: ZONE, country: 'US' };
  const book = ledgerBook({ csvText: csv, today, company });
  const now = new Date(ledgerNowMs(today, ZONE)).toISOString();
  return open({ xero: [book], quickbooks: [book], now, mail: false });
}

/** The ledger as it was known on a day, served by both platforms and synced from both. */
async function served(csv: string, today: string): Promise<Map<string, LedgerFigures>[]> {
  const { app, ids, sync, connection, close } = await serve(csv, today);
  const found = [];
  for (const id of ids) {
    await sync(id);
    const day = await readFacts(app.store.reader, await connection(id), app.policy(), parseDay(today));
    found.push(owing(day.facts));
  }
  await close();
  world = null;
  return found;
}

function owing(facts: CustomerFacts[]): Map<string, LedgerFigures> {
  const open = facts.filter((one) => one.own.invoices.length > 0);
  return new Map(
    open.map(({ customer, own }) => {
      const { exposureMinor, ageing, overdueMinor } = own.base!;
      return [customer.name, { exposureMinor, ageing, overdueMinor, daysOverdueMax: own.daysOverdueMax }];
    }),
  );
}
