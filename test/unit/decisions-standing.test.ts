import { describe, expect, it } from 'vitest';
import { customerId, type CustomerId } from '../../src/domain/index.ts';
import { decideStandings, type PriorStanding, type StandingDecision } from '../../src/decisions/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import type { Policy, Standing } from '../../src/policy/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import {
  AS_OF,
  factsInput,
  ledgerCustomer,
  limitTable,
  openInvoice,
  policyWith,
} from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';

const policy = policyWith();
type Prior = ReadonlyMap<CustomerId, PriorStanding>;

function decide(
  fields: Partial<FactsInput>,
  prior: Prior = new Map(),
  by: Policy = policy,
): Map<string, StandingDecision> {
  const facts = computeFacts(factsInput(fields));
  const decisions = decideStandings(facts, evaluate(facts, by), prior, by);
  return new Map(decisions.map((decision) => [decision.customerId, decision]));
}

/** What yesterday's night wrote down. */
const yesterday = (decisions: Map<string, StandingDecision>): Prior =>
  new Map([...decisions.values()].map((decision) => [decision.customerId, decision]));

const standingsOf = (decisions: Map<string, StandingDecision>): Record<string, Standing> =>
  Object.fromEntries([...decisions].map(([id, decision]) => [id, decision.standing]));

const held = (id = 'c1', since = '2026-03-01'): Prior =>
  new Map([
    [
      customerId(id),
      {
        customerId: customerId(id),
        standing: 'hold',
        since: day(since),
        reasons: [{ rule: 'over-limit', standing: 'hold', explanation: 'too much' }],
      },
    ],
  ]);

describe('a standing', () => {
  it('is clear when no rule speaks', () => {
    expect(decide({}).get('c1')).toMatchObject({
      standing: 'clear',
      from: 'clear',
      changed: false,
      reasons: [],
    });
  });

  it('is the most severe that any flag asks for, with all reasons, the most severe first', () => {
    const invoices = [openInvoice('1', 850_00, { due: '2026-02-20' })];
    const decision = decide({ invoices, limits: limitTable({ c1: 1000_00 }) }).get('c1');
    expect(decision).toMatchObject({ standing: 'approve-first', from: 'clear', changed: true, since: AS_OF });
    expect(decision?.reasons.map((reason) => [reason.rule, reason.standing])).toEqual([
      ['overdue', 'approve-first'],
      ['near-limit', 'watch'],
    ]);
  });

  it('is not changed by a flag that only informs', () => {
    expect(decide({ invoices: [openInvoice('1', 5000_00)] }).get('c1')?.standing).toBe('clear');
  });

  it('is no change when it is the same again, and keeps the day on which it began', () => {
    const fields = { invoices: [openInvoice('1', 900_00)], limits: limitTable({ c1: 1000_00 }) };
    const first = decide(fields);
    const second = decide({ ...fields, asOf: day('2026-03-12') }, yesterday(first));
    expect(second.get('c1')).toMatchObject({
      standing: 'watch',
      from: 'watch',
      changed: false,
      since: AS_OF,
    });
  });

  it('begins anew when it changes', () => {
    const first = decide({ invoices: [openInvoice('1', 900_00)], limits: limitTable({ c1: 1000_00 }) });
    const second = decide({ asOf: day('2026-03-12') }, yesterday(first));
    expect(second.get('c1')).toMatchObject({
      standing: 'clear',
      from: 'watch',
      changed: true,
      since: '2026-03-12',
    });
  });
});

describe('a hold', () => {
  const at = (minor: number, prior = held()) =>
    decide({ invoices: [openInvoice('1', minor)], limits: limitTable({ c1: 1000_00 }) }, prior).get('c1');

  it.each([
    [1100_01, 'hold'],
    [1100_00, 'hold'],
    [1000_00, 'hold'],
    [950_01, 'hold'],
    [950_00, 'watch'],
    [800_00, 'watch'],
    [799_99, 'clear'],
  ] as const)('that was placed is, at %s pence of a limit of 1,000.00, %s', (minor, standing) => {
    expect(at(minor)?.standing).toBe(standing);
  });

  it('is not placed by the figures that keep it', () => {
    expect(at(1100_00, new Map())?.standing).toBe('approve-first');
  });

  it('that is kept by the release threshold says so first', () => {
    const decision = at(1000_00);
    expect(decision).toMatchObject({ changed: false, since: '2026-03-01' });
    expect(decision?.reasons.map((reason) => reason.rule)).toEqual(['release-threshold', 'near-limit']);
    expect(decision?.reasons[0]?.explanation).toContain('100 % of its limit');
    expect(decision?.reasons[0]?.explanation).toContain('95 % or less');
  });

  it('is kept for as many nights as it takes', () => {
    const nights = [1200_00, 1050_00, 960_00, 1090_00, 950_00, 1090_00].reduce<{
      prior: Prior;
      seen: string[];
    }>(
      ({ prior, seen }, minor) => {
        const decisions = decide(
          { invoices: [openInvoice('1', minor)], limits: limitTable({ c1: 1000_00 }) },
          prior,
        );
        return { prior: yesterday(decisions), seen: [...seen, decisions.get('c1')?.standing ?? ''] };
      },
      { prior: new Map(), seen: [] },
    );
    expect(nights.seen).toEqual(['hold', 'hold', 'hold', 'hold', 'watch', 'approve-first']);
  });

  it('is released at exactly the threshold, whatever whole percentage that is', () => {
    for (let percent = 1; percent <= 110; percent += 1) {
      const by = policyWith((draft) => {
        draft.release.useAtMostPercent = percent;
      });
      for (const limitMinor of [100, 700_00, 1_234_567_00]) {
        const owes = (minor: number) =>
          decide({ invoices: [openInvoice('1', minor)], limits: limitTable({ c1: limitMinor }) }, held(), by);
        const exact = (limitMinor * percent) / 100;
        expect(owes(exact).get('c1')?.standing).not.toBe('hold');
        expect(owes(exact + 1).get('c1')?.standing).toBe('hold');
      }
    }
  });

  it('for arrears is released when nothing hold-worthy is overdue, if there is no limit to look at', () => {
    const invoices = [openInvoice('1', 300_00, { due: '2026-03-01' })];
    expect(decide({ invoices }, held()).get('c1')?.standing).toBe('watch');
    const old = [openInvoice('1', 300_00, { due: '2026-01-01' })];
    expect(decide({ invoices: old }, held()).get('c1')?.standing).toBe('hold');
  });

  it('is kept by the group’s use as well', () => {
    const limits = limitTable({ c1: { group: 'Wood' } }, { Wood: 1000_00 });
    expect(decide({ invoices: [openInvoice('1', 960_00)], limits }, held()).get('c1')?.standing).toBe('hold');
    expect(decide({ invoices: [openInvoice('1', 950_00)], limits }, held()).get('c1')?.standing).toBe(
      'watch',
    );
  });

  it('ends when the customer is made unlimited', () => {
    const limits = limitTable({ c1: { limit: { kind: 'unlimited' } } });
    expect(decide({ invoices: [openInvoice('1', 9999_00)], limits }, held()).get('c1')?.standing).toBe(
      'clear',
    );
  });
});

describe('a customer that cannot be judged', () => {
  const unknown = { invoices: [openInvoice('1', 500_00, { currency: 'USD' })] };

  it('keeps its standing and its reasons', () => {
    expect(decide(unknown, held()).get('c1')).toMatchObject({
      standing: 'hold',
      changed: false,
      since: '2026-03-01',
      reasons: [{ rule: 'over-limit' }],
    });
    expect(decide({ incomplete: new Set([customerId('c1')]) }, held()).get('c1')?.standing).toBe('hold');
  });

  it('is clear when it never had a standing', () => {
    expect(decide(unknown).get('c1')).toMatchObject({ standing: 'clear', changed: false });
  });
});

describe('a sub-customer', () => {
  const customers = [
    ledgerCustomer('top'),
    ledgerCustomer('mid', { parent: 'top' }),
    ledgerCustomer('low', { parent: 'mid' }),
  ];
  const owed = (minor: number, customer: string, due = '2026-03-31') => [
    openInvoice('1', minor, { customer, due }),
  ];

  it('stands no better than its legal debtor, and says why', () => {
    const decisions = decide({ customers, invoices: owed(300_00, 'top', '2026-01-01') });
    expect(standingsOf(decisions)).toEqual({ top: 'hold', mid: 'hold', low: 'hold' });
    expect(decisions.get('low')?.reasons).toEqual([
      { rule: 'parent', standing: 'hold', explanation: 'Its legal debtor Customer top is on hold.' },
    ]);
  });

  it('may stand worse than its debtor', () => {
    const decisions = decide({
      customers,
      invoices: owed(95_00, 'low'),
      limits: limitTable({ low: 100_00, top: 1000_00 }),
    });
    expect(standingsOf(decisions)).toEqual({ top: 'clear', mid: 'clear', low: 'watch' });
  });

  it('that is over its own limit raises its debtor, who is the one that can be held', () => {
    const decisions = decide({
      customers,
      invoices: owed(111_00, 'low'),
      limits: limitTable({ low: 100_00, top: 1000_00 }),
    });
    expect(standingsOf(decisions)).toEqual({ top: 'hold', mid: 'hold', low: 'hold' });
    expect(decisions.get('top')?.reasons[0]).toMatchObject({ rule: 'over-limit', standing: 'hold' });
  });

  it('that is cash only and owes makes its debtor pay in advance', () => {
    const decisions = decide({ customers, invoices: owed(1_00, 'mid'), limits: limitTable({ mid: 0 }) });
    expect(decisions.get('top')?.standing).toBe('prepay');
  });

  it('is released together with its debtor when only the debtor was on hold', () => {
    const fields = { customers, limits: limitTable({ low: 100_00 }) };
    const both = [...owed(300_00, 'top', '2026-01-01'), openInvoice('2', 99_00, { customer: 'low' })];
    const before = decide({ ...fields, invoices: both });
    expect(standingsOf(before)).toEqual({ top: 'hold', mid: 'hold', low: 'hold' });
    const after = decide({ ...fields, invoices: owed(99_00, 'low') }, yesterday(before));
    expect(standingsOf(after)).toEqual({ top: 'clear', mid: 'clear', low: 'watch' });
  });
});

describe('a debtor that was held for its sub-customer’s limit', () => {
  const customers = [ledgerCustomer('top'), ledgerCustomer('sub', { parent: 'top' })];
  const limits = limitTable({ sub: 100_00, top: 1000_00 });
  const owes = (minor: number, prior: Prior) =>
    decide({ customers, limits, invoices: [openInvoice('1', minor, { customer: 'sub' })] }, prior);

  it('is released when the sub-customer uses no more than the threshold, and not before', () => {
    const before = owes(111_00, new Map());
    const between = owes(99_00, yesterday(before));
    expect(standingsOf(between)).toEqual({ top: 'hold', sub: 'hold' });
    expect(between.get('top')?.reasons[0]).toMatchObject({ rule: 'release-threshold' });
    expect(standingsOf(owes(95_00, yesterday(between)))).toEqual({ top: 'clear', sub: 'watch' });
  });
});
