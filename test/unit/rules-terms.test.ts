import { describe, expect, it } from 'vitest';
import { addDays, customerId } from '../../src/domain/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { effectiveLimit, evaluate, policyOf, type Flag } from '../../src/rules/index.ts';
import { caseNotes, dispute } from '../support/case-notes.ts';
import {
  AS_OF,
  factsInput,
  factsOf,
  ledgerCustomer,
  limitTable,
  openCredit,
  openInvoice,
  policyWith,
  rateTable,
} from '../support/facts-builders.ts';

const flagsOf = (fields: Partial<FactsInput>, by: Policy = policyWith()): Flag[] =>
  evaluate(computeFacts(factsInput(fields)), by);
const brief = (flags: Flag[]): string[] => flags.map((flag) => `${flag.rule} ${flag.severity}`);

describe('a customer that nobody assessed', () => {
  const small = policyWith((draft) => {
    draft.segments = [
      { name: 'British', when: { country: ['GB'] }, set: { defaultLimit: 500 } },
      { name: 'everybody', when: { balance: { atLeast: 0 } }, set: { defaultLimit: 100 } },
    ];
  });
  const owes = (minor: number, fields: Partial<FactsInput> = {}) =>
    flagsOf({ invoices: [openInvoice('1', minor)], ...fields }, small);

  it('is judged by the policy’s default limit, and told for which segment', () => {
    expect(brief(owes(399_99))).toEqual([]);
    expect(brief(owes(400_00))).toEqual(['near-limit watch']);
    const [flag] = owes(550_01);
    expect(flag).toMatchObject({ rule: 'over-limit', severity: 'hold', thresholdMinor: 550_00 });
    expect(flag?.explanation).toContain(
      'the limit of 500.00 GBP (by the policy’s default limit for segment British)',
    );
  });

  it('is judged by the first segment in the file that gives one', () => {
    const customers = [ledgerCustomer('c1', { country: 'DE' })];
    expect(owes(101_00, { customers })[0]?.explanation).toContain('for segment everybody');
  });

  it('is not judged by it once somebody gave it a limit, be it nothing or without end', () => {
    expect(brief(owes(550_01, { limits: limitTable({ c1: 2000_00 }) }))).toEqual([]);
    expect(brief(owes(550_01, { limits: limitTable({ c1: { limit: { kind: 'unlimited' } } }) }))).toEqual([]);
    expect(brief(owes(550_01, { limits: limitTable({ c1: 0 }) }))).toEqual(['cash-only prepay']);
  });

  it('is cash only when the default limit is 0, and says by whose word', () => {
    const cash = policyWith((draft) => {
      draft.segments = [{ name: 'British', when: { country: ['GB'] }, set: { defaultLimit: 0 } }];
    });
    const [flag] = flagsOf({ invoices: [openInvoice('1', 5_00)] }, cash);
    expect(flag?.explanation).toContain(
      'is cash only (limit 0, by the policy’s default limit for segment British)',
    );
  });

  it('has none as a sub-customer: its debtor answers for it', () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2', { parent: 'c1' })];
    const sub = factsOf({ customers }, 'c2');
    expect(effectiveLimit(sub, policyOf(sub, small))).toBeNull();
    const flags = owes(450_00, { customers, invoices: [openInvoice('1', 450_00, { customer: 'c2' })] });
    expect(flags.map((flag) => [flag.customerId, flag.rule])).toEqual([['c1', 'near-limit']]);
  });

  it('may have one by an override, whose reason is told', () => {
    const by = policyWith((draft) => {
      draft.overrides = [
        { customer: 'c1', reason: 'paid a deposit', until: '2026-12-31', set: { defaultLimit: 100 } },
      ];
    });
    const [flag] = flagsOf({ invoices: [openInvoice('1', 200_00)] }, by);
    expect(flag?.explanation).toContain('(by the policy’s override: paid a deposit)');
  });
});

describe('the rules of a segment', () => {
  it('speak of its members and of nobody else', () => {
    const by = policyWith((draft) => {
      draft.segments = [{ name: 'key', when: { tag: ['key'] }, set: {} }];
      draft.rules = [
        { rule: 'over-limit', useAbovePercent: 100, standing: 'hold', exceptSegments: ['key'] },
        { rule: 'over-limit', useAbovePercent: 150, standing: 'watch', segments: ['key'] },
      ];
    });
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2')];
    const invoices = ['c1', 'c2'].map((customer) => openInvoice(customer, 160_00, { customer }));
    const notes = caseNotes({ tags: new Map([[customerId('c2'), ['key']]]) });
    const flags = flagsOf({ customers, invoices, notes, limits: limitTable({ c1: 100_00, c2: 100_00 }) }, by);
    expect(flags.map((flag) => `${flag.customerId} ${flag.severity}`)).toEqual(['c1 hold', 'c2 watch']);
  });
});

describe('what a limit is made of', () => {
  const terms = (fields: object) =>
    caseNotes({
      limitTerms: new Map([[customerId('c1'), { temporary: [], insured: null, reviewOn: null, ...fields }]]),
    });
  const season = { amountMinor: 500_00, from: AS_OF, to: addDays(AS_OF, 9), reason: 'the season' };
  const owing = (minor: number, notes: FactsInput['notes'], asOf = AS_OF) =>
    flagsOf({ asOf, notes, invoices: [openInvoice('1', minor)], limits: limitTable({ c1: 1000_00 }) });

  it('counts what is added for a time, names it, and forgets it on the day after', () => {
    const notes = terms({ temporary: [season] });
    expect(brief(owing(1199_99, notes))).toEqual([]);
    const [flag] = owing(1500_01, notes);
    expect(flag).toMatchObject({ rule: 'over-limit', severity: 'approve-first', thresholdMinor: 1500_00 });
    expect(flag?.explanation).toContain(
      'the limit of 1,500.00 GBP (1,000.00 GBP and 500.00 GBP until 2026-03-20: the season)',
    );
    expect(brief(owing(1199_99, notes, addDays(AS_OF, 9)))).toEqual([]);
    expect(brief(owing(1199_99, notes, addDays(AS_OF, 10)))).toEqual(['over-limit hold']);
  });

  it('names what is insured, as long as it is', () => {
    const insured = { insurer: 'Harbour Mutual', limitMinor: 800_00, coverPercent: 90, until: AS_OF };
    expect(owing(900_00, terms({ insured }))[0]?.explanation).toContain(
      'the limit of 1,000.00 GBP (Harbour Mutual insures 90 % of up to 800.00 GBP)',
    );
    const over = terms({ insured: { ...insured, until: addDays(AS_OF, -1) } });
    expect(owing(900_00, over)[0]?.explanation).not.toContain('insures');
  });
});

describe('drafts and orders that the policy counts', () => {
  const counting = policyWith((draft) => {
    draft.exposure = { drafts: { weightPercent: 50 }, orders: { weightPercent: 100, horizonDays: 30 } };
  });
  const fields: Partial<FactsInput> = {
    exposure: counting.exposure,
    invoices: [openInvoice('1', 700_00)],
    drafts: [openInvoice('D-1', 200_00)],
    orders: [
      openInvoice('O-1', 350_00, { due: '2026-04-10' }),
      openInvoice('O-2', 900_00, { due: '2026-04-11' }),
    ],
    limits: limitTable({ c1: 1000_00 }),
  };

  it('are named in the flag with what they add, in words and in data', () => {
    const [flag] = flagsOf(fields, counting);
    expect(flag).toMatchObject({ rule: 'over-limit', severity: 'hold', figureMinor: 1150_00 });
    expect(flag?.explanation).toContain(
      'owes 1,150.00 GBP (1 open invoice, 100.00 GBP for 1 draft (50 %), 350.00 GBP for 1 order)',
    );
    expect(flag?.inputs.others).toEqual([
      {
        bucket: 'drafts',
        weightPercent: 50,
        baseMinor: 100_00,
        documents: [{ id: 'id-D-1', number: 'D-1', currency: 'GBP', openMinor: 200_00 }],
      },
      {
        bucket: 'orders',
        weightPercent: 100,
        baseMinor: 350_00,
        documents: [{ id: 'id-O-1', number: 'O-1', currency: 'GBP', openMinor: 350_00 }],
      },
    ]);
  });

  it('are not there where the policy counts neither', () => {
    const [flag] = flagsOf({
      ...fields,
      invoices: [openInvoice('1', 1200_00)],
      exposure: policyWith().exposure,
    });
    expect(flag?.figureMinor).toBe(1200_00);
    expect(flag?.inputs).not.toHaveProperty('others');
  });

  it('do not make the share of the balance that is overdue smaller', () => {
    const share = policyWith((draft) => {
      draft.exposure = counting.exposure;
      draft.rules = [{ rule: 'overdue', daysAtLeast: 1, orShareAtLeastPercent: 50, standing: 'hold' }];
    });
    const due = addDays(AS_OF, -9);
    const invoices = [openInvoice('1', 50_00, { due }), openInvoice('2', 50_00)];
    expect(brief(flagsOf({ ...fields, limits: limitTable({}), invoices }, share))).toEqual(['overdue hold']);
  });
});

describe('unapplied credits', () => {
  const unlimited = limitTable({ c1: { limit: { kind: 'unlimited' } } });
  const due = addDays(AS_OF, -40);
  const clearing = policyWith((draft) => {
    draft.overdue.creditsClearOverdue = true;
  });
  const invoices = [openInvoice('1', 300_00, { due }), openInvoice('2', 400_00, { due: addDays(AS_OF, -2) })];

  it('do not clear an old overdue invoice', () => {
    expect(brief(flagsOf({ invoices, credits: [openCredit('CN', 300_00)] }))).toEqual(['overdue hold']);
  });

  it.each([
    [50_00, 'hold', 650_00],
    [50_01, 'approve-first', 649_99],
    [299_00, 'approve-first', 401_00],
    [299_01, 'watch', 400_99],
    [699_00, 'watch', 1_00],
    [699_01, undefined, undefined],
  ])('clear the oldest first where the policy says so: %s pence leave %s', (minor, severity, figureMinor) => {
    const many = policyWith((draft) => {
      draft.overdue.creditsClearOverdue = true;
      for (const rule of draft.rules) if (rule.rule === 'overdue') delete rule.orShareAtLeastPercent;
    });
    const [flag] = flagsOf({ invoices, credits: [openCredit('CN', minor)], limits: unlimited }, many);
    expect([flag?.severity, flag?.figureMinor]).toEqual([severity, figureMinor]);
  });

  it('that were taken off stand in the flag, so that its arithmetic can be done again', () => {
    const credits = [openCredit('CN-1', 100_00), openCredit('CN-2', 50_00)];
    const [flag] = flagsOf({ invoices, credits }, clearing);
    expect(flag?.inputs.credits.map(({ number, openMinor }) => [number, openMinor])).toEqual([
      ['CN-1', 100_00],
      ['CN-2', 50_00],
    ]);
    expect(flag?.figureMinor).toBe(550_00);
    expect(flag?.explanation).toContain('100.00 GBP of CN-1, 50.00 GBP of CN-2 is unapplied and taken off');
  });

  it('clear only what is owed in their own currency', () => {
    const credits = [openCredit('CN', 999_00, { currency: 'EUR' })];
    const rates = rateTable({ EUR: '0.01' });
    expect(brief(flagsOf({ invoices, credits, rates, limits: unlimited }, clearing))).toEqual([
      'overdue hold',
    ]);
  });
});

describe('a disputed part of an invoice', () => {
  const due = addDays(AS_OF, -40);
  const disputed = (amountMinor: number | null) =>
    flagsOf({
      invoices: [openInvoice('1', 300_00, { due })],
      notes: caseNotes({ disputes: [dispute('1', { amountMinor })] }),
    });

  it('is left out of the figure and shown beside the whole', () => {
    const [flag] = disputed(120_00);
    expect(flag).toMatchObject({ rule: 'overdue', figureMinor: 180_00 });
    expect(flag?.inputs.invoices).toMatchObject([{ number: '1', openMinor: 300_00, disputedMinor: 120_00 }]);
    expect(flag?.inputs.rates).toMatchObject([{ openMinor: 180_00 }]);
  });

  it('is no more than what is open', () => {
    expect(disputed(300_00)).toEqual([]);
    expect(disputed(999_00)).toEqual([]);
    expect(disputed(null)).toEqual([]);
  });

  it('does not make the rest as old as it would be: the oldest that counts gives the days', () => {
    const invoices = [
      openInvoice('1', 300_00, { due }),
      openInvoice('2', 80_00, { due: addDays(AS_OF, -3) }),
    ];
    const notes = caseNotes({ disputes: [dispute('1')] });
    const [flag] = flagsOf({ invoices, notes });
    expect(flag).toMatchObject({ severity: 'watch', inputs: { days: 3 } });
    expect(flag?.explanation).toContain('the oldest, 2, due 2026-03-08, 3 days ago');
  });
});
