import { describe, expect, it } from 'vitest';
import { parsePolicy, type Policy } from '../../src/policy/index.ts';
import { compareStandingsUnder, findInBooks, type Book } from '../../src/whatif/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import { customerId, type CustomerId } from '../../src/domain/index.ts';
import { describePolicyChanges } from '../../src/policy/index.ts';
import { AS_OF, factsInput, ledgerCustomer, limitTable, openInvoice } from '../support/facts-builders.ts';
import { policyOf, policyText } from '../support/policy-text.ts';

const sentences = (from: Policy, to: Policy): string[] =>
  describePolicyChanges(from, to).map(({ sentence }) => sentence);

describe('what changes between two policies', () => {
  it('is nothing for the same words in another layout or with a default spelled out', () => {
    const spelled = parsePolicy(
      `# a remark\n${policyText('overdue: { tolerance: 1.00, graceDays: 0 }')}`,
      'p',
    );
    expect(describePolicyChanges(policyOf(), spelled)).toEqual([]);
  });

  it('is told value by value', () => {
    expect(sentences(policyOf(), policyOf('overdue: { graceDays: 3, creditsClearOverdue: true }'))).toEqual([
      'overdue.graceDays was 0 and is now 3',
      'overdue.creditsClearOverdue was no and is now yes',
    ]);
  });

  it('is told rule by rule, whatever their order', () => {
    const [a, b] = [
      '{ rule: cash-only, standing: prepay }',
      '{ rule: overdue, daysAtLeast: 30, standing: hold }',
    ];
    expect(sentences(policyOf(`rules: [${a}, ${b}]`), policyOf(`rules: [${b}, ${a}]`))).toEqual([]);
    const stricter =
      '{ rule: overdue, daysAtLeast: 21, amountAtLeast: 250, orShareAtLeastPercent: 5, standing: hold }';
    expect(sentences(policyOf(`rules: [${a}, ${b}]`), policyOf(`rules: [${a}, ${stricter}]`))).toEqual([
      'rule "overdue by 30 days or more → hold" is gone',
      'rule "overdue by 21 days or more, with 250 or 5 % of the balance → hold" is new',
    ]);
  });

  it('is told segment by segment and override by override', () => {
    const from = policyOf(
      'segments: [{ name: a, when: { tag: [x] }, set: { graceDays: 1 } }]',
      'overrides: [{ customer: A, reason: r, until: 2026-12-31, set: { graceDays: 1 } }]',
    );
    const to = policyOf(
      'segments: [{ name: a, when: { tag: [x, y] }, set: { graceDays: 2 } }, { name: b, when: { tag: [z] } }]',
      'overrides: [{ customer: A, reason: r, until: 2027-12-31, set: { graceDays: 1 } }]',
    );
    expect(sentences(from, to)).toEqual([
      'segments "a" when.tag was x and is now x, y',
      'segments "a" set.graceDays was 1 and is now 2',
      'overrides "A" until was 2026-12-31 and is now 2027-12-31',
      'segments "b" is new',
      'segments "b" when.tag z is new',
    ]);
  });

  it('is told when segments change places, for the first of them counts', () => {
    const [a, b] = ['{ name: a, when: { tag: [x] } }', '{ name: b, when: { tag: [y] } }'];
    expect(sentences(policyOf(`segments: [${a}, ${b}]`), policyOf(`segments: [${b}, ${a}]`))).toEqual([
      'the segments stand in another order (b, a): the first that sets a value counts',
    ]);
  });
});

describe('examples that changed', () => {
  it('are counted, for they change nobody’s standing', () => {
    const example = (name: string, standing: string) =>
      `{ name: ${name}, expect: { standing: ${standing} } }`;
    const from = policyOf(`tests: [${example('a', 'clear')}, ${example('b', 'clear')}]`);
    const to = policyOf(
      `tests: [${example('b', 'hold')}, ${example('c', 'clear')}, ${example('d', 'clear')}]`,
    );
    expect(sentences(from, to)).toEqual(['examples: 2 new, 1 gone, 1 changed']);
  });
});

const late = (id: string, days: number, amountMinor = 100_00) =>
  openInvoice(`INV-${id}`, amountMinor, {
    customer: id,
    due: new Date(Date.parse(AS_OF) - days * 86_400_000).toISOString().slice(0, 10),
  });
const input = (fields: Partial<FactsInput> = {}): FactsInput =>
  factsInput({
    customers: [ledgerCustomer('c1'), ledgerCustomer('c2', { country: 'IE' }), ledgerCustomer('c3')],
    invoices: [late('c1', 30), late('c2', 20), late('c3', 5)],
    ...fields,
  });

describe('who stands differently under another policy', () => {
  const from = policyOf();
  const facts = computeFacts(input());
  const compare = (to: Policy, prior = new Map<CustomerId, never>()) =>
    compareStandingsUnder({ policy: from, facts }, { policy: to, facts }, prior);

  it('is nobody under the same', () => {
    const { changes, customers, totals } = compare(policyOf());
    expect({ changes, customers }).toEqual({ changes: [], customers: 3 });
    expect(totals.hold).toEqual({ from: 1, to: 1 });
    expect(totals.clear).toEqual({ from: 2, to: 2 });
  });

  it('is told with both standings and what gives them, the most severe first', () => {
    const to = policyOf(
      'rules: [{ rule: overdue, daysAtLeast: 20, standing: stop, segments: [irish] }, { rule: overdue, daysAtLeast: 5, standing: watch }]',
      'segments: [{ name: irish, when: { country: [IE] } }]',
    );
    const { changes } = compare(to);
    expect(changes.map((one) => [one.customerName, one.from, one.to, one.isMilder])).toEqual([
      ['Customer c2', 'clear', 'stop', false],
      ['Customer c1', 'hold', 'watch', true],
      ['Customer c3', 'clear', 'watch', false],
    ]);
    expect(changes[0]?.because.to[0]?.explanation).toMatch(/The policy says stop from 20 days/);
    expect(changes[1]?.because.from[0]?.explanation).toMatch(/The policy says hold from 30 days/);
  });

  it('goes by the standing before, where a hold outlasts its cause', () => {
    const limits = limitTable({ c1: 1000_00 });
    const half = computeFacts(input({ limits, invoices: [openInvoice('A', 600_00)] }));
    const strict = policyOf('release: { useAtMostPercent: 50 }');
    const sides = [
      { policy: from, facts: half },
      { policy: strict, facts: half },
    ] as const;
    const c1 = customerId('c1');
    const held = new Map([[c1, { customerId: c1, standing: 'hold' as const, since: AS_OF, reasons: [] }]]);
    expect(compareStandingsUnder(...sides, new Map()).changes).toEqual([]);
    expect(compareStandingsUnder(...sides, held).changes.map((one) => [one.from, one.to])).toEqual([
      ['clear', 'hold'],
    ]);
  });
});

describe('a policy beside the books', () => {
  const book = (fields: Partial<FactsInput> = {}, name = 'Bramble Ltd (xero-1)'): Book => ({
    name,
    baseCurrency: fields.baseCurrency ?? 'GBP',
    asOf: AS_OF,
    facts: computeFacts(input(fields)),
  });
  const look = (policy: Policy, books = [book()], allSeen = true) =>
    findInBooks(policy, books, allSeen).map((one) => `${one.kind} ${one.path.join('.')}: ${one.message}`);
  const override = (customer: string, more = 'until: 2026-12-31') =>
    policyOf(`overrides: [{ customer: '${customer}', reason: r, ${more}, set: { graceDays: 1 } }]`);

  it('is not looked at where there are none', () => {
    expect(look(override('Nobody'), [])).toEqual([]);
  });

  it.each(['c1', 'Customer c1'])('has nothing against an override for %s', (customer) => {
    expect(look(override(customer))).toEqual([]);
  });

  it('has a fault in an override for a customer that is not there', () => {
    expect(look(override('Customer c9'))).toEqual([
      expect.stringMatching(
        /^fault overrides\.0\.customer: no customer of Bramble Ltd \(xero-1\) has the id.*"Customer c9"/,
      ),
    ]);
  });

  it('only remarks it while some company could not be looked at', () => {
    expect(look(override('Customer c9'), [book()], false)[0]).toMatch(/^remark/);
  });

  it('has a fault in an override that means two customers', () => {
    const twins = [ledgerCustomer('c1', { name: 'Twin Ltd' }), ledgerCustomer('c2', { name: 'Twin Ltd' })];
    expect(look(override('Twin Ltd'), [book({ customers: twins })])).toEqual([
      expect.stringMatching(
        /^fault .*means 2 customers of Bramble Ltd \(xero-1\): Twin Ltd \(c1\), Twin Ltd \(c2\)/,
      ),
    ]);
  });

  it('has a fault in an id that is another customer’s account number', () => {
    const customers = [ledgerCustomer('58'), ledgerCustomer('c2', { accountNumber: '58' })];
    expect(look(override('58'), [book({ customers, invoices: [] })])[0]).toMatch(/means 2 customers/);
  });

  it('has a fault in two overrides that name one customer differently at the same time', () => {
    const two = (from: string) =>
      policyOf(
        `overrides: [{ customer: c1, reason: r, until: 2026-06-30, set: { graceDays: 1 } }, { customer: Customer c1, reason: r, from: ${from}, until: 2026-12-31, set: { graceDays: 2 } }]`,
      );
    expect(look(two('2026-06-30'))).toEqual([
      expect.stringMatching(/^fault overrides\.1\.customer: overrides\.0 \("c1"\) is for the same customer/),
    ]);
    expect(look(two('2026-07-01'))).toEqual([]);
  });

  it('remarks an override that is over, and one that counts in two companies', () => {
    expect(look(override('Nobody', 'until: 2026-03-10'))).toEqual([
      expect.stringMatching(/^remark .*ended on 2026-03-10/),
    ]);
    expect(look(override('c1'), [book(), book({}, 'Flint Inc (quickbooks-1)')])).toEqual([
      expect.stringMatching(/^remark .*counts in each of them/),
    ]);
  });

  it('has a fault in a segment that matches nobody, and says where', () => {
    const policy = policyOf(
      'segments: [{ name: irish, when: { country: [IE] } }, { name: french, when: { country: [FR] } }]',
    );
    expect(look(policy)).toEqual([
      expect.stringMatching(/^fault segments\.1\.when: the segment "french" matches nobody in Bramble Ltd/),
    ]);
  });

  it('only remarks a segment of a size that nobody has today', () => {
    const policy = policyOf(
      'segments: [{ name: large, when: { balance: { atLeast: 9000 } } }, { name: large french, when: { country: [FR], balance: { atLeast: 9000 } } }]',
    );
    expect(look(policy)).toEqual([
      expect.stringMatching(/^remark segments\.0\.when: .*nobody of that size/),
      expect.stringMatching(/^fault segments\.1\.when/),
    ]);
  });

  it('has a fault in two segments that together release a hold at once', () => {
    const policy = policyOf(
      'rules: [{ rule: over-limit, useAbovePercent: 120, standing: hold, exceptSegments: [strict] }, { rule: over-limit, useAbovePercent: 80, standing: hold, segments: [strict] }]',
      'segments: [{ name: easy, when: { country: [IE] }, set: { release: { useAtMostPercent: 110 } } }, { name: strict, when: { nameMatches: c2 }, set: { release: { useAtMostPercent: 70 } } }]',
    );
    expect(look(policy)).toEqual([
      expect.stringMatching(
        /^fault segments\.0: for Customer c2 of Bramble Ltd \(xero-1\), in easy and strict, a hold placed above 80 %/,
      ),
    ]);
  });

  it('has a fault in amounts that the base currency cannot have', () => {
    const text = policyText('overdue: { tolerance: 1.50 }');
    expect(
      look(parsePolicy(text, 'p'), [book({ baseCurrency: 'JPY', customers: [], invoices: [] })]),
    ).toEqual(['fault overdue.tolerance: 1.5 has more decimals than JPY has: write whole amounts']);
  });
});
