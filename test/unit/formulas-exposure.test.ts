import { describe, expect, it } from 'vitest';
import { addDays, customerId } from '../../src/domain/index.ts';
import { ownRiskMinor, type FactsInput } from '../../src/facts/index.ts';
import { evaluateOne } from '../../src/rules/index.ts';
import { caseNotes, dispute } from '../support/case-notes.ts';
import {
  AS_OF,
  factsOf,
  ledgerCustomer,
  limitTable,
  openCredit,
  openInvoice,
  policyWith,
  rateTable,
} from '../support/facts-builders.ts';

/** Orders count at 80 % when they are delivered within 30 days, drafts at half. */
const counting = policyWith((draft) => {
  draft.exposure = { drafts: { weightPercent: 50 }, orders: { weightPercent: 80, horizonDays: 30 } };
});
const invoice = openInvoice('1', 1000_00);
const due = (days: number) => ({ due: addDays(AS_OF, days) });
const exposureOf = (fields: Partial<FactsInput>): number | undefined =>
  factsOf({ exposure: counting.exposure, rates: rateTable({ EUR: '0.8' }), ...fields }).total.base
    ?.exposureMinor;

describe('exposure', () => {
  it.each<[string, Partial<FactsInput>, number]>([
    ['what is open, not what was invoiced', { invoices: [openInvoice('1', 250_00)] }, 250_00],
    ['half of the drafts', { invoices: [invoice], drafts: [openInvoice('D', 300_00)] }, 1150_00],
    [
      'orders within the horizon',
      { invoices: [invoice], orders: [openInvoice('O', 100_00, due(30))] },
      1080_00,
    ],
    [
      'no orders beyond the horizon',
      { invoices: [invoice], orders: [openInvoice('O', 100_00, due(31))] },
      1000_00,
    ],
    ['orders that are late already', { orders: [openInvoice('O', 100_00, due(-5))] }, 80_00],
    ['less what is unapplied', { invoices: [invoice], credits: [openCredit('C', 400_00)] }, 600_00],
    ['less than nothing where more is unapplied', { credits: [openCredit('C', 400_00)] }, -400_00],
    [
      'what is disputed as well',
      { invoices: [invoice], notes: caseNotes({ disputes: [dispute('1', { approvedBy: 'Bo Example' })] }) },
      1000_00,
    ],
    [
      'each currency converted once, of all its parts together',
      {
        invoices: [openInvoice('1', 1_01, { currency: 'EUR' })],
        drafts: [openInvoice('D', 2_01, { currency: 'EUR' })],
        credits: [openCredit('C', 1, { currency: 'EUR' })],
      },
      // 1.01 − 0.01 + half of 2.01, which is 1.01: 2.01 EUR at 0.8 are 1.608.
      1_61,
    ],
  ])('is %s', (_, fields, exposure) => {
    expect(exposureOf(fields)).toBe(exposure);
  });

  it('of a group is that of all its members, and the group is looked at before the member', () => {
    const fields: Partial<FactsInput> = {
      customers: ['c1', 'c2', 'c3'].map((id) => ledgerCustomer(id, id === 'c3' ? { parent: 'c2' } : {})),
      invoices: ['c1', 'c2', 'c3'].map((customer) => openInvoice(customer, 400_00, { customer })),
      limits: limitTable(
        { c1: { group: 'Wood', limit: { kind: 'amount', limitMinor: 390_00 } }, c2: { group: 'Wood' } },
        { Wood: 1000_00 },
      ),
    };
    const facts = factsOf(fields);
    expect(facts.group?.position.base?.exposureMinor).toBe(1200_00);
    const flags = evaluateOne(facts, policyWith());
    expect(flags.map((flag) => [flag.rule, flag.figureMinor, flag.severity])).toEqual([
      ['group-over-limit', 1200_00, 'hold'],
      ['over-limit', 400_00, 'approve-first'],
    ]);
  });
});

describe('the limit in force', () => {
  const temporary = [
    { amountMinor: 500_00, from: AS_OF, to: addDays(AS_OF, 9), reason: 'the season' },
    { amountMinor: 200_00, from: addDays(AS_OF, 5), to: addDays(AS_OF, 20), reason: 'a fair' },
  ];
  const terms = new Map([[customerId('c1'), { temporary, insured: null, reviewOn: null }]]);

  it.each([
    [-1, 1000_00],
    [0, 1500_00],
    [5, 1700_00],
    [9, 1700_00],
    [10, 1200_00],
    [20, 1200_00],
    [21, 1000_00],
  ])('%s days from now is the permanent one and all that is added then: %s', (days, limitMinor) => {
    const asOf = addDays(AS_OF, days);
    const facts = factsOf({
      asOf,
      limits: limitTable({ c1: 1000_00 }),
      notes: caseNotes({ limitTerms: terms }),
    });
    expect(facts.limit).toEqual({ kind: 'amount', limitMinor });
  });
});

describe('the own part of a risk', () => {
  it.each([
    [1000_00, null, 1000_00],
    [1000_00, { limitMinor: 800_00, coverPercent: 90 }, 280_00],
    [500_00, { limitMinor: 800_00, coverPercent: 90 }, 50_00],
    [500_00, { limitMinor: 800_00, coverPercent: 100 }, 0],
    [-50_00, { limitMinor: 800_00, coverPercent: 90 }, 0],
  ])('of %s with %j is %s', (exposure, insured, own) => {
    expect(ownRiskMinor(exposure, insured)).toBe(own);
  });
});
