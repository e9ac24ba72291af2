import { describe, expect, it } from 'vitest';
import { customerId, type CustomerId } from '../../src/domain/index.ts';
import {
  decideHolds,
  decideStandings,
  settledDrifts,
  type Hold,
  type HoldWish,
} from '../../src/decisions/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import {
  AS_OF,
  factsInput,
  ledgerCustomer,
  limitTable,
  openCredit,
  openInvoice,
  policyWith,
  rateTable,
} from '../support/facts-builders.ts';

const policy = policyWith();
const overLimit: Partial<FactsInput> = {
  invoices: [openInvoice('1', 200_00)],
  limits: limitTable({ c1: 100_00 }),
};

const holdOf = (state: Hold['state'], episode = 1, id = 'c1'): ReadonlyMap<CustomerId, Hold> =>
  new Map([[customerId(id), { customerId: customerId(id), episode, state }]]);

function judge(fields: Partial<FactsInput>, by = policy) {
  const facts = computeFacts(factsInput(fields));
  return { facts, standings: decideStandings(facts, evaluate(facts, by), new Map(), by) };
}

function wishes(
  fields: Partial<FactsInput>,
  holds: ReadonlyMap<CustomerId, Hold> = new Map(),
  by = policy,
): HoldWish[] {
  const { facts, standings } = judge(fields, by);
  return decideHolds(facts, standings, holds, by);
}
const brief = (some: HoldWish[]): string[] =>
  some.map((wish) => `${wish.action} ${wish.customerId} ${wish.episode}`);

describe('a hold is wished for', () => {
  it('when the standing asks for one and there is none, with the reason for staff', () => {
    const [wish] = wishes(overLimit);
    expect(wish).toMatchObject({
      action: 'place',
      customerId: 'c1',
      customerName: 'Customer c1',
      episode: 1,
      since: AS_OF,
    });
    expect(wish?.reason).toMatch(/^Customer c1 owes 200\.00 GBP .*200 % of the limit of 100\.00 GBP/);
  });

  it('once: not when it is on already', () => {
    expect(wishes(overLimit, holdOf('on'))).toEqual([]);
  });

  it('by a new number after an earlier one was released', () => {
    expect(brief(wishes(overLimit, holdOf('off', 3)))).toEqual(['place c1 4']);
  });

  it('of the legal debtor only, never of a sub-customer', () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2', { parent: 'c1' })];
    const invoices = [openInvoice('1', 200_00, { customer: 'c2' })];
    expect(brief(wishes({ customers, invoices, limits: limitTable({ c2: 100_00 }) }))).toEqual([
      'place c1 1',
    ]);
  });

  it('not of an archived customer', () => {
    expect(wishes({ ...overLimit, customers: [ledgerCustomer('c1', { status: 'archived' })] })).toEqual([]);
  });

  it('not for a standing whose effect is none', () => {
    const invoices = [openInvoice('1', 105_00)];
    expect(wishes({ invoices, limits: limitTable({ c1: 100_00 }) })).toEqual([]);
    const gentle = policyWith((draft) => {
      draft.standings.hold.effect = 'none';
    });
    expect(wishes(overLimit, new Map(), gentle)).toEqual([]);
  });
});

describe('a release is wished for', () => {
  it('when the hold is on and the standing does not ask for it any more', () => {
    const [wish] = wishes({}, holdOf('on', 2));
    expect(wish).toMatchObject({ action: 'release', episode: 2 });
    expect(wish?.reason).toContain('clear');
  });

  it('once: not when it is off already', () => {
    expect(wishes({}, holdOf('off', 2))).toEqual([]);
  });

  it('of a held customer that became the sub-customer of another: its debtor answers for it now', () => {
    const customers = [ledgerCustomer('c1', { parent: 'c2' }), ledgerCustomer('c2')];
    expect(brief(wishes({ ...overLimit, customers }, holdOf('on')))).toEqual(['release c1 1', 'place c2 1']);
  });
});

describe('a hold that a person took away on the platform', () => {
  it('is not placed again while its cause lasts', () => {
    expect(wishes(overLimit, holdOf('drift'))).toEqual([]);
    const { standings } = judge(overLimit);
    expect(settledDrifts(standings, holdOf('drift'), policy)).toEqual([]);
  });

  it('may be placed again once its cause was gone in between', () => {
    const { standings } = judge({});
    expect(settledDrifts(standings, holdOf('drift'), policy)).toEqual(['c1']);
    expect(wishes({}, holdOf('drift'))).toEqual([]);
    expect(brief(wishes(overLimit, holdOf('off', 1)))).toEqual(['place c1 2']);
  });

  it('is not settled when it was never in drift', () => {
    const { standings } = judge({});
    expect(settledDrifts(standings, holdOf('off'), policy)).toEqual([]);
    expect(settledDrifts(standings, new Map(), policy)).toEqual([]);
  });
});

describe('a hold for arrears', () => {
  const late = [openInvoice('1', 500_00, { due: '2026-01-01' })];
  const doubtOf = (fields: Partial<FactsInput>, by = policy): string | null | undefined =>
    wishes(fields, new Map(), by)[0]?.doubt;
  const share = (percent: number) =>
    policyWith((draft) => {
      draft.gates.unappliedCashAtLeastPercent = percent;
    });

  it('is doubted while unapplied money reaches what is overdue, and says which', () => {
    expect(doubtOf({ invoices: late })).toBeNull();
    expect(doubtOf({ invoices: late, credits: [openCredit('P-1', 499_99)] })).toBeNull();
    expect(doubtOf({ invoices: late, credits: [openCredit('P-1', 500_00)] })).toBe(
      'probably already paid: 500.00 GBP of 2026-03-01 (P-1) is not allocated yet',
    );
  });

  it('is doubted from the policy’s share on; 0 never minds', () => {
    const credits = [openCredit('P-1', 250_00)];
    expect(doubtOf({ invoices: late, credits }, share(50))).toContain('probably already paid');
    expect(doubtOf({ invoices: late, credits }, share(51))).toBeNull();
    expect(doubtOf({ invoices: late, credits: [openCredit('P-1', 500_00)] }, share(0))).toBeNull();
  });

  it('is not doubted by money in another currency', () => {
    const credits = [openCredit('P-1', 900_00, { currency: 'EUR' })];
    const rates = rateTable({ EUR: '0.01' });
    expect(doubtOf({ invoices: late, credits, rates })).toBeNull();
  });

  it('is not doubted when the limit asks for it as well: that money is in the exposure already', () => {
    const fields = { invoices: [...late, openInvoice('2', 500_00)], limits: limitTable({ c1: 100_00 }) };
    expect(doubtOf({ ...fields, credits: [openCredit('P-1', 500_00)] })).toBeNull();
  });
});
