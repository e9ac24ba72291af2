import { describe, expect, it } from 'vitest';
import type { HoldRelease, ManualStanding } from '../../src/cases/index.ts';
import { noCaseNotes } from '../../src/cases/index.ts';
import { customerId } from '../../src/domain/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { deskAnswer, FRESH, type DeskCase } from '../support/desk-orders.ts';
import {
  AS_OF,
  amountLimit,
  ledgerCustomer,
  limitTable,
  openCredit,
  openInvoice,
  policyWith,
  rateTable,
} from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';

/** c1 owes 500.00 of a limit of 1,000.00, nothing overdue. */
const HALF_USED = { limits: limitTable({ c1: 1000_00 }), invoices: [openInvoice('INV-1', 500_00)] };

const codes = (one: DeskCase): string[] => deskAnswer(one).reasons.map(({ code }) => code);

function released(fields: Partial<HoldRelease> = {}): HoldRelease {
  return {
    id: 1,
    customerId: customerId('c1'),
    scope: 'customer',
    upToExposureMinor: 5000_00,
    orderReference: null,
    reason: 'a plan was agreed',
    by: 'Nadia',
    from: day('2026-03-01'),
    until: day('2026-03-31'),
    ...fields,
  };
}

function manual(fields: Partial<ManualStanding>): ManualStanding {
  return {
    customerId: customerId('c1'),
    standing: 'stop',
    cause: 'person',
    reason: 'see the letter',
    by: 'Nadia',
    from: day('2026-03-01'),
    until: null,
    ...fields,
  };
}

describe('an order against the limit', () => {
  // The default policy: approve-first above 100 %, hold above 110 %; exposure before the order is 500.00 of 1,000.00.
  it.each([
    [299_99, 'yes', []],
    [300_00, 'yes', ['near-limit']],
    [500_00, 'yes', ['near-limit']],
    [500_01, 'ask', ['over-limit']],
    [600_00, 'ask', ['over-limit']],
    [600_01, 'no', ['over-limit']],
  ] as const)('of %i pence is answered with %s', (amountMinor, answer, expected) => {
    expect(deskAnswer({ facts: HALF_USED, amountMinor }).answer).toBe(answer);
    expect(codes({ facts: HALF_USED, amountMinor })).toEqual(expected);
  });

  it('says what the order does, what is left and how much would still be a yes', () => {
    const answer = deskAnswer({ facts: HALF_USED, amountMinor: 600_01 });
    expect(answer.why).toContain('from 500.00 GBP to 1,100.01 GBP');
    expect(answer.why).toContain('500.00 GBP left of 1,000.00 GBP');
    expect(answer.why).toContain('An order of up to 500.00 GBP is answered with yes.');
    expect(answer.limits[0]).toMatchObject({ of: 'own', headroomMinor: 500_00, afterMinor: 1100_01 });
    expect(answer.yesUpToMinor).toBe(500_00);
  });

  it('asks beyond the limit even where the policy has no rule for it', () => {
    const policy = policyWith((one) => {
      one.rules = one.rules.filter(({ rule }) => rule !== 'over-limit');
    });
    expect(deskAnswer({ facts: HALF_USED, policy, amountMinor: 500_00 }).answer).toBe('yes');
    expect(deskAnswer({ facts: HALF_USED, policy, amountMinor: 500_01 }).answer).toBe('ask');
  });

  it('looks at thresholds below the limit that ask for approval', () => {
    const policy = policyWith((one) => {
      one.rules.push({ rule: 'near-limit', useAtLeastPercent: 90, standing: 'approve-first' });
    });
    expect(deskAnswer({ facts: HALF_USED, policy, amountMinor: 399_99 }).answer).toBe('yes');
    expect(deskAnswer({ facts: HALF_USED, policy, amountMinor: 400_00 }).answer).toBe('ask');
    expect(deskAnswer({ facts: HALF_USED, policy }).yesUpToMinor).toBe(399_99);
  });

  it('counts money that lies unapplied', () => {
    const facts = { ...HALF_USED, credits: [openCredit('CN-1', 300_00)] };
    expect(deskAnswer({ facts, amountMinor: 800_00 }).answer).toBe('yes');
    expect(deskAnswer({ facts, amountMinor: 800_01 }).answer).toBe('ask');
  });

  it('converts an order in another currency, rounded once, and shows the rate', () => {
    const facts = { ...HALF_USED, rates: rateTable({ EUR: '0.8613' }) };
    const answer = deskAnswer({ facts, amountMinor: 580_52, currency: 'EUR' });
    expect(answer.orderInBase).toMatchObject({ baseMinor: 500_00, rate: '0.8613' });
    expect(answer.answer).toBe('yes');
    expect(deskAnswer({ facts, amountMinor: 580_53, currency: 'EUR' }).answer).toBe('ask');
    expect(answer.why).toContain('580.52 EUR at 0.8613 (file rate of 2026-03-11)');
  });

  it('does not look at a limit that is unlimited', () => {
    const facts = { limits: limitTable({ c1: { limit: { kind: 'unlimited' } } }) };
    const answer = deskAnswer({ facts, amountMinor: 9_000_000_00 });
    expect(answer).toMatchObject({ answer: 'yes', yesUpToMinor: null, limits: [] });
  });
});

describe('an order of a customer of a group or with a parent', () => {
  const group = {
    customers: [ledgerCustomer('c1'), ledgerCustomer('c2')],
    invoices: [openInvoice('INV-1', 900_00, { customer: 'c2' })],
    limits: limitTable(
      { c1: { limit: amountLimit(5000_00), group: 'Wood' }, c2: { limit: null, group: 'Wood' } },
      { Wood: 1000_00 },
    ),
  };

  it('is held against the group before its own limit', () => {
    const answer = deskAnswer({ facts: group, amountMinor: 100_01 });
    expect(answer.limits.map(({ of }) => of)).toEqual(['group', 'own']);
    expect(answer).toMatchObject({ answer: 'ask', yesUpToMinor: 100_00 });
    expect(answer.reasons[0]?.code).toBe('group-over-limit');
    expect(deskAnswer({ facts: group, amountMinor: 100_00 }).answer).toBe('yes');
  });

  const family = {
    customers: [ledgerCustomer('c1', { parent: 'p' }), ledgerCustomer('p', { name: 'Northgate' })],
    invoices: [openInvoice('INV-1', 700_00, { customer: 'p' })],
    limits: limitTable({ c1: 5000_00, p: 1000_00 }),
  };

  it('counts against the parent that answers for it', () => {
    const answer = deskAnswer({ facts: family, amountMinor: 300_01 });
    expect(answer).toMatchObject({ answer: 'ask', debtorId: 'p', debtorName: 'Northgate' });
    expect(answer.limits.map(({ of, name }) => [of, name])).toEqual([
      ['own', 'Customer c1'],
      ['parent', 'Northgate'],
    ]);
    expect(deskAnswer({ facts: family, amountMinor: 300_00 }).answer).toBe('yes');
  });

  it('is a no while the parent is on hold', () => {
    const facts = {
      ...family,
      invoices: [openInvoice('INV-1', 700_00, { customer: 'p', due: '2026-01-31' })],
    };
    const answer = deskAnswer({ facts });
    expect(answer).toMatchObject({ answer: 'no', standing: { standing: 'hold' } });
    expect(answer.why).toContain('Northgate');
  });
});

describe('an order of a customer that stands badly', () => {
  const overdue = (due: string) => ({
    limits: limitTable({ c1: 100_000_00 }),
    invoices: [openInvoice('INV-1', 500_00, { due })],
  });

  it.each([
    ['2026-03-11', 'yes', []],
    ['2026-03-10', 'yes', ['watch']],
    ['2026-02-24', 'ask', ['approve-first']],
    ['2026-02-09', 'no', ['on-hold']],
  ] as const)('due on %s is answered with %s', (due, answer, expected) => {
    expect(deskAnswer({ facts: overdue(due) }).answer).toBe(answer);
    expect(codes({ facts: overdue(due) })).toEqual(expected);
  });

  it('names the condition for one that has to prepay', () => {
    const answer = deskAnswer({
      facts: { notes: { ...noCaseNotes, manualStandings: [manual({ standing: 'prepay' })] } },
    });
    expect(answer).toMatchObject({ answer: 'ask', conditions: ['prepaid-in-full'] });
    expect(answer.why).toContain('Yes when it is prepaid in full.');
  });

  it('says yes to a cash-only customer up to what it paid beforehand', () => {
    const facts = { limits: limitTable({ c1: 0 }), credits: [openCredit('PP-1', 120_00)] };
    expect(deskAnswer({ facts, amountMinor: 120_00 }).answer).toBe('yes');
    expect(deskAnswer({ facts, amountMinor: 120_01 })).toMatchObject({
      answer: 'ask',
      conditions: ['prepaid-in-full'],
      yesUpToMinor: 120_00,
    });
  });

  it('asks where a person put it on the exclusion list or took its hold away, but not above a manual hold', () => {
    const facts = overdue('2026-01-09');
    expect(deskAnswer({ facts, more: { excluded: 'the owner handles it' } }).answer).toBe('ask');
    expect(deskAnswer({ facts, more: { holdTakenAway: true } }).answer).toBe('ask');
    const byHand = { ...facts, notes: { ...noCaseNotes, manualStandings: [manual({ standing: 'hold' })] } };
    expect(deskAnswer({ facts: byHand, more: { excluded: 'the owner handles it' } }).answer).toBe('no');
  });
});

describe('a release', () => {
  const held = (releases: HoldRelease[], manualStandings: ManualStanding[] = []) => ({
    limits: limitTable({ c1: 1000_00 }),
    invoices: [openInvoice('INV-1', 900_00, { due: '2026-01-09' })],
    notes: { ...noCaseNotes, releases, manualStandings },
  });

  it('lets orders through up to its exposure and not a penny further', () => {
    const facts = held([released({ upToExposureMinor: 1500_00 })]);
    const at = deskAnswer({ facts, amountMinor: 600_00 });
    expect(at).toMatchObject({ answer: 'yes', release: { by: 'Nadia' }, yesUpToMinor: 600_00 });
    expect(at.why).toContain('a plan was agreed');
    const above = deskAnswer({ facts, amountMinor: 600_01 });
    expect(above).toMatchObject({ answer: 'no', release: null });
    expect(above.reasons.map(({ code }) => code)).toContain('release-exceeded');
  });

  it('of one order lets only that order through', () => {
    const facts = held([released({ scope: 'order', orderReference: 'SO-7' })]);
    expect(deskAnswer({ facts, reference: 'SO-7' }).answer).toBe('yes');
    expect(deskAnswer({ facts, reference: 'SO-8' }).answer).toBe('no');
    expect(deskAnswer({ facts }).answer).toBe('no');
  });

  it.each([
    ['over', { until: day('2026-03-10') }],
    ['not begun', { from: day('2026-03-12') }],
  ] as const)('that is %s lets nothing through', (_when, term) => {
    expect(deskAnswer({ facts: held([released(term)]) }).answer).toBe('no');
  });

  it.each([
    ['a manual stop', manual({ standing: 'stop' })],
    ['suspected fraud', manual({ standing: 'hold', cause: 'fraud' })],
    ['the insurer', manual({ standing: 'hold', cause: 'insurer' })],
  ])('never goes above %s', (_what, standing) => {
    expect(deskAnswer({ facts: held([released()], [standing]) }).answer).toBe('no');
  });

  it('does not make up for figures that nobody knows', () => {
    const facts = { ...held([released()]), incomplete: new Set([customerId('c1')]) };
    expect(deskAnswer({ facts }).answer).not.toBe('yes');
  });
});

describe('an order that cannot be decided', () => {
  it.each<[string, DeskCase, string]>([
    [
      'a rate is missing',
      { facts: { invoices: [openInvoice('I', 1_00, { currency: 'USD' })] } },
      'cannot-decide',
    ],
    ['a row lies in quarantine', { facts: { incomplete: new Set([customerId('c1')]) } }, 'cannot-decide'],
    ["the order's currency has no rate", { facts: HALF_USED, currency: 'USD' }, 'order-rate-missing'],
    [
      'the figures are too old',
      { more: { freshness: { ...FRESH, stale: 'The last sync is 30 hours old' } } },
      'stale',
    ],
    [
      'the customer is archived',
      { facts: { customers: [ledgerCustomer('c1', { status: 'archived' })] } },
      'archived',
    ],
  ])('because %s is asked, however small it is', (_why, one, code) => {
    const answer = deskAnswer({ ...one, amountMinor: 1 });
    expect(answer.answer).toBe('ask');
    expect(answer.reasons.map((reason) => reason.code)).toContain(code);
    expect(answer.yesUpToMinor).toBe(0);
  });

  it('stays a no where the customer was on hold before', () => {
    const since = day('2026-03-02');
    const before = new Map([
      [
        customerId('c1'),
        {
          customerId: customerId('c1'),
          standing: 'hold' as const,
          since,
          reasons: [{ rule: 'overdue' as const, standing: 'hold' as const, explanation: 'It was overdue.' }],
          clearing: null,
          unpayable: null,
        },
      ],
    ]);
    const facts = { incomplete: new Set([customerId('c1')]) };
    expect(deskAnswer({ facts, before })).toMatchObject({ answer: 'no', standing: { since } });
  });
});

describe('an order of a customer that nobody assessed', () => {
  // The default policy: from 1,000.00 on somebody should set a limit.
  it.each([
    [999_99, 'yes'],
    [1000_00, 'ask'],
  ] as const)('that would owe %i pence is answered with %s', (amountMinor, answer) => {
    expect(deskAnswer({ amountMinor }).answer).toBe(answer);
  });

  it('is asked where the policy says nothing of such customers', () => {
    const policy = policyWith((one) => {
      one.rules = one.rules.filter(({ rule }) => rule !== 'unassessed');
    });
    expect(deskAnswer({ policy, amountMinor: 1 })).toMatchObject({ answer: 'ask', yesUpToMinor: 0 });
  });

  it('has the default limit that the policy gives', () => {
    const policy = withDefaultLimit(300);
    expect(deskAnswer({ policy, amountMinor: 300_00 })).toMatchObject({
      answer: 'yes',
      limits: [{ isDefault: true, limitMinor: 300_00 }],
    });
    expect(deskAnswer({ policy, amountMinor: 300_01 }).answer).toBe('ask');
  });

  it('is cash only where the default limit is 0', () => {
    expect(deskAnswer({ policy: withDefaultLimit(0), amountMinor: 1 })).toMatchObject({
      answer: 'ask',
      conditions: ['prepaid-in-full'],
    });
  });
});

function withDefaultLimit(defaultLimit: number): Policy {
  return policyWith((one) => {
    one.segments = [{ name: 'Everybody', when: { currency: ['GBP'] }, set: { defaultLimit } }];
  });
}

describe('the amount of an order', () => {
  it.each([0, -1, 1.5, NaN])('is refused when it is %d', (amountMinor) => {
    expect(() => deskAnswer({ amountMinor })).toThrow(expect.objectContaining({ code: 'ORDER_AMOUNT' }));
  });

  it('is of the day that the facts are of', () => {
    expect(deskAnswer().freshness.asOf).toBe(AS_OF);
  });
});
