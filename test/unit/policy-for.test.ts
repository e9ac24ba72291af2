import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { customerId } from '../../src/domain/index.ts';
import { parsePolicy, policyFor, type CustomerProfile } from '../../src/policy/index.ts';
import { day } from '../support/mirror-records.ts';
import { policyOf, policyText } from '../support/policy-text.ts';

const TODAY = day('2026-03-11');
const who = (fields: Partial<CustomerProfile> = {}): CustomerProfile => ({
  id: customerId('c1'),
  name: 'Greenvale Bathrooms Ltd',
  accountNumber: null,
  currency: 'GBP',
  country: 'GB',
  group: null,
  tags: [],
  termsDays: 30,
  balanceMinor: 100_00,
  baseCurrency: 'GBP',
  ...fields,
});

/** The names of the segments that a customer is in when the policy has one of these conditions. */
const isIn = (when: string, fields: Partial<CustomerProfile>): boolean =>
  policyFor(policyOf(`segments: [{ name: s, when: ${when} }]`), who(fields), TODAY).inSegments.includes('s');

describe('a segment has', () => {
  it.each([
    ['{ currency: [EUR, USD] }', { currency: 'USD' }, true],
    ['{ currency: [EUR, USD] }', { currency: 'GBP' }, false],
    ['{ country: [IE] }', { country: 'IE' }, true],
    ['{ country: [IE] }', { country: '' }, false],
    ['{ group: [Harbour] }', { group: 'harbour' }, true],
    ['{ group: [Harbour] }', { group: null }, false],
    ['{ tag: [vip, key] }', { tags: ['new', 'Key'] }, true],
    ['{ tag: [vip] }', { tags: [] }, false],
    ['{ termsDays: { atLeast: 60 } }', { termsDays: 60 }, true],
    ['{ termsDays: { atLeast: 60 } }', { termsDays: 59 }, false],
    ['{ termsDays: { atMost: 14 } }', { termsDays: 14 }, true],
    ['{ termsDays: { atMost: 14 } }', { termsDays: 15 }, false],
    ['{ termsDays: { atMost: 14 } }', { termsDays: null }, false],
    ['{ balance: { atLeast: 250.00 } }', { balanceMinor: 250_00 }, true],
    ['{ balance: { atLeast: 250.00 } }', { balanceMinor: 249_99 }, false],
    ['{ balance: { below: 250.00 } }', { balanceMinor: 249_99 }, true],
    ['{ balance: { below: 250.00 } }', { balanceMinor: 250_00 }, false],
    ['{ balance: { below: 250.00 } }', { balanceMinor: null }, false],
    ['{ balance: { atLeast: 250 } }', { balanceMinor: 250, baseCurrency: 'JPY' }, true],
    ['{ nameMatches: "bath" }', {}, true],
    ['{ nameMatches: "^bath" }', {}, false],
    ["{ nameMatches: '\\bltd$' }", {}, true],
    ["{ nameMatches: '(?-i)ltd' }", {}, false],
    ["{ nameMatches: 'café' }", { name: 'CAFE\u0301 Noir' }, true],
    ['{ country: [GB], currency: [EUR] }', { currency: 'EUR' }, true],
    ['{ country: [GB], currency: [EUR] }', { currency: 'GBP' }, false],
  ])('%s with %o: %s', (when, fields, expected) => {
    expect(isIn(when, fields)).toBe(expected);
  });

  it('no customer that a pattern takes for ever to look at in other engines', () => {
    expect(isIn("{ nameMatches: '^(a+)+$' }", { name: `${'a'.repeat(5_000)}!` })).toBe(false);
  });
});

const layered = policyOf(
  'overdue: { graceDays: 1, tolerance: 2 }',
  `segments:
  - { name: first, when: { tag: [first] }, set: { graceDays: 5, defaultLimit: 100, release: { overdueDaysBelow: 9 } } }
  - { name: second, when: { tag: [second] }, set: { graceDays: 7, tolerance: 8, release: { useAtMostPercent: 50, overdueDaysBelow: 3 } } }`,
  `overrides:
  - { customer: Known Ltd, reason: agreed, from: 2026-03-02, until: 2026-03-20, set: { graceDays: 30, withoutRules: [overdue] } }`,
);
const both = { tags: ['first', 'second'] };

describe('what a customer’s policy says', () => {
  it('is the policy itself where nothing is particular', () => {
    const own = policyFor(layered, who(), TODAY);
    expect(own).toMatchObject({ overdue: { graceDays: 1, tolerance: 2 }, release: { useAtMostPercent: 95 } });
    expect(own).toMatchObject({
      inSegments: [],
      defaultLimitMinor: null,
      override: null,
      hash: layered.hash,
    });
    expect(own.rules).toEqual(layered.rules);
  });

  it('is, key by key, what the first of its segments in the file sets', () => {
    const own = policyFor(layered, who(both), TODAY);
    expect(own.inSegments).toEqual(['first', 'second']);
    expect(own.overdue).toEqual({ graceDays: 5, tolerance: 8, creditsClearOverdue: false });
    expect(own.release).toEqual({ useAtMostPercent: 50, overdueDaysBelow: 9 });
    expect(own.defaultLimitMinor).toBe(100_00);
  });

  it('is what an override sets before what segments set', () => {
    const own = policyFor(layered, who({ ...both, name: 'Known Ltd' }), TODAY);
    expect(own.overdue).toMatchObject({ graceDays: 30, tolerance: 8 });
    expect(own.override?.reason).toBe('agreed');
    expect(own.rules).toEqual([]);
  });

  it.each([
    ['2026-03-01', false],
    ['2026-03-02', true],
    ['2026-03-20', true],
    ['2026-03-21', false],
  ])('on %s knows of the override: %s', (text, inForce) => {
    const own = policyFor(layered, who({ name: 'Known Ltd' }), day(text));
    expect(own.override !== null).toBe(inForce);
    expect(own.overdue.graceDays).toBe(inForce ? 30 : 1);
  });

  it.each([
    [{ id: customerId('0042') }, true],
    [{ accountNumber: '0042' }, true],
    [{ name: '0042' }, true],
    [{ name: '42', accountNumber: '42' }, false],
    [{ name: 'Number 0042' }, false],
  ])('finds the override for "0042" for %o: %s', (fields, found) => {
    const policy = policyOf(
      "overrides: [{ customer: '0042', reason: r, until: 2026-12-31, set: { graceDays: 9 } }]",
    );
    expect(policyFor(policy, who(fields), TODAY).override !== null).toBe(found);
  });

  it('does not get a release threshold of 95 % from a segment that sets another key', () => {
    const policy = policyOf(
      'release: { useAtMostPercent: 40 }',
      `segments: [{ name: s, when: { tag: [s] }, set: { release: { overdueDaysBelow: 5 } } }]`,
      `overrides: [{ customer: o, reason: r, until: 2026-12-31, set: { release: { overdueBelow: 5 } } }]`,
    );
    const own = policyFor(policy, who({ tags: ['s'], name: 'o' }), TODAY);
    expect(own.release).toEqual({ useAtMostPercent: 40, overdueDaysBelow: 5, overdueBelow: 5 });
  });

  it('has the default limit in minor units of the organisation, and 0 is one', () => {
    const policy = policyOf('segments: [{ name: s, when: { tag: [s] }, set: { defaultLimit: 0 } }]');
    expect(policyFor(policy, who({ tags: ['s'] }), TODAY).defaultLimitMinor).toBe(0);
    const yen = who({ tags: ['first'], baseCurrency: 'JPY' });
    expect(policyFor(layered, yen, TODAY).defaultLimitMinor).toBe(100);
  });
});

describe('the rules for a customer', () => {
  const policy = policyOf(
    'segments: [{ name: a, when: { tag: [a] } }, { name: b, when: { tag: [b] } }]',
    `rules:
  - { rule: overdue, daysAtLeast: 1, standing: watch }
  - { rule: overdue, daysAtLeast: 2, standing: watch, segments: [a] }
  - { rule: overdue, daysAtLeast: 3, standing: watch, exceptSegments: [a] }
  - { rule: overdue, daysAtLeast: 4, standing: watch, segments: [a, b] }
  - { rule: overdue, daysAtLeast: 5, standing: watch, segments: [b], exceptSegments: [a] }`,
  );

  it.each([
    [[], [1, 3]],
    [['a'], [1, 2, 4]],
    [['b'], [1, 3, 4, 5]],
    [
      ['a', 'b'],
      [1, 2, 4],
    ],
  ])('in segments %j are those of %j days', (tags, days) => {
    const { rules } = policyFor(policy, who({ tags }), TODAY);
    expect(rules.map((rule) => (rule.rule === 'overdue' ? rule.daysAtLeast : 0))).toEqual(days);
  });
});

describe('for any customer', () => {
  const someProfile: fc.Arbitrary<CustomerProfile> = fc.record({
    id: fc.constantFrom('c1', 'c2', '42').map(customerId),
    name: fc.constantFrom('Known Ltd', 'Greenvale Bathrooms Ltd', 'Fairham Council'),
    accountNumber: fc.constantFrom(null, '42', ''),
    currency: fc.constantFrom('GBP', 'EUR'),
    country: fc.constantFrom('GB', 'IE', ''),
    group: fc.constantFrom(null, 'Harbour'),
    tags: fc.subarray(['first', 'second', 'other']),
    termsDays: fc.constantFrom(null, 7, 30, 60),
    balanceMinor: fc.constantFrom(null, 0, 250_00, 250_01),
    baseCurrency: fc.constantFrom('GBP', 'JPY'),
  });
  const someDay = fc.constantFrom('2026-03-01', '2026-03-02', '2026-03-20', '2026-03-21').map(day);
  const source = policyText(
    `segments:
  - { name: first, when: { tag: [first] }, set: { graceDays: 5, defaultLimit: 100 } }
  - { name: irish, when: { country: [IE], termsDays: { atMost: 30 } }, set: { tolerance: 8 } }
  - { name: large, when: { balance: { atLeast: 250 } }, set: { release: { useAtMostPercent: 50 } } }
  - { name: council, when: { nameMatches: 'council$' }, set: { graceDays: 20 } }`,
    `overrides:
  - { customer: Known Ltd, reason: agreed, from: 2026-03-02, until: 2026-03-20, set: { graceDays: 30 } }
  - { customer: '42', reason: agreed, until: 2026-03-01, set: { atMost: watch } }`,
  );
  const policy = parsePolicy(source, 'p');

  it('the same customer on the same day has the same policy, also from another parse of the text', () => {
    fc.assert(
      fc.property(someProfile, someDay, (profile, asOf) => {
        const own = policyFor(policy, profile, asOf);
        expect(policyFor(policy, structuredClone(profile), asOf)).toBe(own);
        expect(policyFor(parsePolicy(source, 'p'), profile, asOf)).toEqual(own);
      }),
      { numRuns: 100 },
    );
  });

  it('two customers that it treats alike have the very same object', () => {
    fc.assert(
      fc.property(someProfile, someProfile, someDay, (a, b, asOf) => {
        const [one, other] = [policyFor(policy, a, asOf), policyFor(policy, b, asOf)];
        const alike =
          one.inSegments.join() === other.inSegments.join() &&
          one.override === other.override &&
          a.baseCurrency === b.baseCurrency;
        expect(one === other).toBe(alike);
      }),
      { numRuns: 300 },
    );
  });

  it('an override that is over has no effect at all', () => {
    const without = parsePolicy(source.slice(0, source.indexOf('overrides:')), 'p');
    fc.assert(
      fc.property(someProfile, (profile) => {
        const { hash: _, source: __, overrides: ___, ...own } = policyFor(policy, profile, day('2026-03-21'));
        const {
          hash: _a,
          source: _b,
          overrides: _c,
          ...plain
        } = policyFor(without, profile, day('2026-03-21'));
        expect(own).toEqual(plain);
      }),
      { numRuns: 100 },
    );
  });
});
