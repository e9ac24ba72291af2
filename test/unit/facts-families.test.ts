import { describe, expect, it } from 'vitest';
import type { LimitEntry } from '../../src/cases/index.ts';
import { customerId } from '../../src/domain/index.ts';
import { computeFacts, describeFacts } from '../../src/facts/index.ts';
import {
  factsById,
  factsInput,
  ledgerCustomer,
  limitTable,
  openCredit,
  openInvoice,
} from '../support/facts-builders.ts';

const family = [
  ledgerCustomer('top'),
  ledgerCustomer('mid', { parent: 'top' }),
  ledgerCustomer('low', { parent: 'mid' }),
  ledgerCustomer('else'),
];
const items = {
  invoices: [
    openInvoice('1', 10_00, { customer: 'top', due: '2026-03-01' }),
    openInvoice('2', 20_00, { customer: 'mid', due: '2026-02-01' }),
    openInvoice('3', 40_00, { customer: 'low' }),
    openInvoice('4', 80_00, { customer: 'else' }),
  ],
  credits: [openCredit('5', 5_00, { customer: 'low' })],
};

const owns = (facts: ReturnType<typeof factsById>, id: string): number | undefined =>
  facts.get(id)?.own.base?.exposureMinor;
const totals = (facts: ReturnType<typeof factsById>, id: string): number | undefined =>
  facts.get(id)?.total.base?.exposureMinor;

describe('a document that nobody could read, and that may be anybody’s', () => {
  it('makes everybody incomplete, customers known by their documents alone among them', () => {
    const stranger = openInvoice('9', 10_00, { customer: 'unheard-of' });
    const facts = factsById({ customers: family, invoices: [stranger], incomplete: 'everybody' });
    expect([...facts.values()].map(({ customer, incomplete }) => [customer.id, incomplete])).toEqual([
      ...family.map(({ id }) => [id, true]),
      ['unheard-of', true],
    ]);
  });
});

describe('a family of customers', () => {
  const facts = factsById({ customers: family, ...items });

  it('rolls up to its parents at every depth, and each keeps its own', () => {
    expect(['top', 'mid', 'low', 'else'].map((id) => owns(facts, id))).toEqual([10_00, 20_00, 35_00, 80_00]);
    expect(['top', 'mid', 'low', 'else'].map((id) => totals(facts, id))).toEqual([
      65_00, 55_00, 35_00, 80_00,
    ]);
  });

  it('has its topmost parent for a legal debtor', () => {
    expect(['top', 'mid', 'low', 'else'].map((id) => facts.get(id)?.debtorId)).toEqual([
      'top',
      'top',
      'top',
      'else',
    ]);
    expect(facts.get('top')?.descendants).toEqual(['mid', 'low']);
  });

  it('is as overdue as its oldest item, wherever that is', () => {
    expect(facts.get('top')?.own.daysOverdueMax).toBe(10);
    expect(facts.get('top')?.total.daysOverdueMax).toBe(38);
    expect(facts.get('top')?.total.invoices.map((invoice) => invoice.number)).toEqual(['2', '1', '3']);
  });

  it('is written down with its members, and a customer alone without', () => {
    expect(describeFacts(facts.get('top')!)).toMatchObject({
      exposureMinor: 10_00,
      parentId: null,
      rollup: { members: ['mid', 'low'], exposureMinor: 65_00, daysOverdueMax: 38 },
    });
    expect(describeFacts(facts.get('low')!)).toMatchObject({
      exposureMinor: 35_00,
      parentId: 'mid',
      rollup: null,
    });
  });

  it('is not to be trusted when a row of any member lies in quarantine', () => {
    const some = factsById({ customers: family, ...items, incomplete: new Set([customerId('low')]) });
    expect(['top', 'mid', 'low', 'else'].map((id) => some.get(id)?.incomplete)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it.each([2, 3, 4, 7])(
    'whose %s parents run in a circle loses no money, and each is its own debtor',
    (size) => {
      const circle = Array.from({ length: size }, (_, i) =>
        ledgerCustomer(`c${i}`, { parent: `c${(i + 1) % size}` }),
      );
      const invoices = circle.map((one, i) => openInvoice(`${i}`, 1_00, { customer: one.id }));
      const found = factsById({ customers: circle, invoices });
      for (const one of circle) {
        expect(owns(found, one.id)).toBe(1_00);
        expect(found.get(one.id)?.debtorId).toBe(one.id);
      }
    },
  );

  it('does not follow a customer that is its own parent, or one that there is not', () => {
    const odd = [ledgerCustomer('a', { parent: 'a' }), ledgerCustomer('b', { parent: 'nowhere' })];
    const found = factsById({ customers: odd });
    expect([found.get('a')?.debtorId, found.get('b')?.debtorId]).toEqual(['a', 'b']);
    expect(found.get('a')?.descendants).toEqual([]);
  });

  it('has a new debtor when its parent is gone', () => {
    const orphans = [
      ledgerCustomer('gone', { status: 'deleted' }),
      ledgerCustomer('child', { parent: 'gone' }),
    ];
    expect(factsById({ customers: orphans }).get('child')?.debtorId).toBe('child');
  });

  it('follows a parent that was merged into another', () => {
    const merged = [
      ledgerCustomer('old', { status: 'merged', mergedInto: 'new' }),
      ledgerCustomer('new'),
      ledgerCustomer('child', { parent: 'old' }),
    ];
    const found = factsById({ customers: merged, invoices: [openInvoice('1', 7_00, { customer: 'child' })] });
    expect(found.get('child')?.debtorId).toBe('new');
    expect(totals(found, 'new')).toBe(7_00);
  });
});

describe('a merged customer', () => {
  it('owes through the one that it lives on in, over any number of merges', () => {
    const chain = [
      ledgerCustomer('a', { status: 'merged', mergedInto: 'b' }),
      ledgerCustomer('b', { status: 'merged', mergedInto: 'c' }),
      ledgerCustomer('c'),
    ];
    const found = factsById({
      customers: chain,
      invoices: [openInvoice('1', 1_00, { customer: 'a' }), openInvoice('2', 2_00, { customer: 'c' })],
      credits: [openCredit('3', 50, { customer: 'b' })],
    });
    expect([...found.keys()]).toEqual(['c']);
    expect(owns(found, 'c')).toBe(2_50);
  });

  it('takes its limit along, unless the one that it lives on in has its own', () => {
    const customers = [ledgerCustomer('a', { status: 'merged', mergedInto: 'b' }), ledgerCustomer('b')];
    const limit = (id: string, limitMinor: number): LimitEntry => ({
      customerId: customerId(id),
      limit: { kind: 'amount', limitMinor },
      group: null,
    });
    const limitOf = (entries: LimitEntry[]) =>
      factsById({ customers, limits: { entries, groups: [] } }).get(customerId('b'))?.limit;
    expect(limitOf([limit('a', 100)])).toEqual({ kind: 'amount', limitMinor: 100 });
    expect(limitOf([limit('b', 200), limit('a', 100)])).toEqual({ kind: 'amount', limitMinor: 200 });
  });

  it('is not lost when merges run in a circle', () => {
    const circle = [
      ledgerCustomer('a', { status: 'merged', mergedInto: 'b' }),
      ledgerCustomer('b', { status: 'merged', mergedInto: 'c' }),
      ledgerCustomer('c', { status: 'merged', mergedInto: 'a' }),
    ];
    const invoices = ['a', 'b', 'c'].map((id, i) => openInvoice(`${i}`, 1_00, { customer: id }));
    const all = computeFacts(factsInput({ customers: circle, invoices }));
    expect(all.map((facts) => facts.own.base?.exposureMinor).reduce((a, b) => (a ?? 0) + (b ?? 0), 0)).toBe(
      3_00,
    );
  });
});

describe('a customer that is gone or never was', () => {
  it('is shown as long as something is open, and else not', () => {
    const gone = [
      ledgerCustomer('owing', { status: 'deleted' }),
      ledgerCustomer('clean', { status: 'deleted' }),
    ];
    const found = factsById({ customers: gone, invoices: [openInvoice('1', 1_00, { customer: 'owing' })] });
    expect([...found.keys()]).toEqual(['owing']);
  });

  it('has a stand-in when only documents name it, so that the totals are whole', () => {
    const found = factsById({ customers: [], invoices: [openInvoice('1', 9_00, { customer: 'ghost' })] });
    expect(owns(found, 'ghost')).toBe(9_00);
    expect(found.get('ghost')?.customer).toMatchObject({ emails: [], status: 'active' });
    expect(found.get('ghost')?.customer.name).toContain('ghost');
  });

  it('stays in the list when it is archived', () => {
    expect([...factsById({ customers: [ledgerCustomer('a', { status: 'archived' })] }).keys()]).toEqual([
      'a',
    ]);
  });
});

describe('a group', () => {
  const limits = limitTable(
    { top: { group: 'Wood' }, else: { group: 'Wood', limit: { kind: 'amount', limitMinor: 5_00 } } },
    { Wood: 100_00, Empty: 1_00 },
  );

  it('is what its members and their sub-customers owe together, each once', () => {
    const facts = factsById({ customers: family, ...items, limits });
    const group = facts.get('top')?.group;
    expect(group).toMatchObject({ name: 'Wood', limitMinor: 100_00, members: ['else', 'low', 'mid', 'top'] });
    expect(group?.position.base?.exposureMinor).toBe(145_00);
    expect(facts.get('else')?.group?.position.base?.exposureMinor).toBe(145_00);
    expect(describeFacts(facts.get('else')!).group).toEqual({
      name: 'Wood',
      limitMinor: 100_00,
      exposureMinor: 145_00,
      members: ['else', 'low', 'mid', 'top'],
    });
  });

  it('counts a member once that is named beside its own parent', () => {
    const both = limitTable({ top: { group: 'Wood' }, low: { group: 'Wood' } }, { Wood: 100_00 });
    const facts = factsById({ customers: family, ...items, limits: both });
    expect(facts.get('low')?.group?.position.base?.exposureMinor).toBe(65_00);
  });

  it('keeps a member that was merged into another', () => {
    const customers = [ledgerCustomer('a', { status: 'merged', mergedInto: 'b' }), ledgerCustomer('b')];
    const facts = factsById({
      customers,
      invoices: [openInvoice('1', 3_00, { customer: 'b' })],
      limits: limitTable({ a: { group: 'Wood' }, b: { group: 'Wood' } }, { Wood: 10_00 }),
    });
    expect(facts.get('b')?.group).toMatchObject({ members: ['b'] });
    expect(facts.get('b')?.group?.position.base?.exposureMinor).toBe(3_00);
  });
});
