import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgeApproval,
  mayDecide,
  nameKey,
  type ApprovalPolicy,
  type DecisionKind,
  type Person,
  type Question,
} from '../../src/cases/index.ts';

const KINDS: DecisionKind[] = ['limit', 'release', 'dispute', 'standing', 'hold.place'];
const ROLES = ['clerk', 'manager', 'director'];
const NAMES = ['Ada', 'Ben', 'Cleo', 'Dev'];

const person = (name: string, role: string, upTo: string | null = null): Person => ({ name, role, upTo });
const policyOf = (approvals: Partial<ApprovalPolicy['approvals']>): ApprovalPolicy => ({
  approvals: { may: [], expireAfterDays: 30, ...approvals },
});
const ask = (kind: DecisionKind, amountMinor: number | null, askedBy = 'Ada'): Question => ({
  ...{ kind, amountMinor, askedBy, baseCurrency: 'GBP' },
});

describe('who may decide', () => {
  const policy = policyOf({
    may: [
      { kind: 'release', role: 'clerk', upTo: 1000 },
      { kind: 'release', role: 'manager' },
    ],
  });

  it.each([
    ['a clerk exactly the amount of the role', 'clerk', null, 1000_00, true],
    ['a clerk not a penny more', 'clerk', null, 1000_01, false],
    ['a clerk nothing without end', 'clerk', null, null, false],
    ['a manager whatever it is', 'manager', null, null, true],
    ['a manager no more than the own amount', 'manager', '500', 500_01, false],
    ['a role that the policy does not name nothing', 'director', null, 1, false],
    ['a role in other letters as it is', 'MANAGER ', null, 1, true],
  ])('%s', (_what, role, upTo, amountMinor, allowed) => {
    const verdict = mayDecide(policy, person('Ada', role, upTo), 'release', amountMinor, 'GBP');
    expect(verdict.allowed, verdict.why).toBe(allowed);
  });

  it('is everybody where the policy has no line for it, and where nobody is registered', () => {
    expect(mayDecide(policy, person('Ada', 'clerk'), 'limit', null, 'GBP').allowed).toBe(true);
    expect(mayDecide(policy, null, 'release', null, 'GBP').allowed).toBe(true);
  });

  it('is said with the reason, for whoever is turned down', () => {
    const why = (role: string, upTo: string | null, amount: number) =>
      mayDecide(policy, person('Ada', role, upTo), 'release', amount, 'GBP').why;
    expect(why('director', null, 1)).toBe(
      'Ada (director) may not: the policy gives "release" to clerk, manager',
    );
    expect(why('clerk', null, 2000_00)).toMatch(/to this role up to 1,000.00 GBP, not 2,000.00 GBP/);
    expect(why('manager', '500', 600_00)).toMatch(/up to 500.00 GBP, not 600.00 GBP/);
  });

  it('counts the amount in the minor units of each company', () => {
    const line = policyOf({ may: [{ kind: 'limit', role: 'clerk', upTo: 1000 }] });
    expect(mayDecide(line, person('Ada', 'clerk'), 'limit', 1000, 'JPY').allowed).toBe(true);
    expect(mayDecide(line, person('Ada', 'clerk'), 'limit', 1001, 'JPY').allowed).toBe(false);
  });
});

describe('a request', () => {
  const people = [person('Ada', 'manager'), person('Ben', 'manager'), person('Cleo', 'clerk')];
  const fourEyes = policyOf({ fourEyesForLimitsAbove: 1000 });

  it('for a limit needs one person up to the amount of the policy, and two above it', () => {
    expect(judgeApproval(fourEyes, people, ask('limit', 1000_00), [])).toMatchObject({
      approved: true,
      needed: 1,
    });
    const above = judgeApproval(fourEyes, people, ask('limit', 1000_01), []);
    expect(above).toMatchObject({ approved: false, needed: 2, missing: 1, mayAnswer: ['Ben', 'Cleo'] });
    expect(judgeApproval(fourEyes, people, ask('limit', 1000_01), ['Ben']).approved).toBe(true);
    expect(judgeApproval(fourEyes, people, ask('limit', null), []).approved).toBe(false);
  });

  it('never has the asker as its second pair of eyes, in whatever spelling', () => {
    for (const name of ['Ada', ' ada', 'ＡＤＡ', 'ADA '])
      expect(judgeApproval(fourEyes, people, ask('limit', 2000_00), [name, 'ada']).approved).toBe(false);
    expect(judgeApproval(fourEyes, [], ask('limit', 2000_00), ['ada']).approved).toBe(false);
    expect(judgeApproval(fourEyes, [], ask('limit', 2000_00), ['Ben']).approved).toBe(true);
  });

  it('for a release needs somebody else, unless a line of the policy lets the asker alone', () => {
    expect(judgeApproval(policyOf({}), people, ask('release', 1), []).approved).toBe(false);
    expect(judgeApproval(policyOf({}), people, ask('release', 1), ['Ada']).approved).toBe(false);
    expect(judgeApproval(policyOf({}), people, ask('release', 1), ['Cleo']).approved).toBe(true);
    const line = policyOf({ may: [{ kind: 'release', role: 'manager', upTo: 100 }] });
    expect(judgeApproval(line, people, ask('release', 100_00), []).approved).toBe(true);
    expect(judgeApproval(line, people, ask('release', 100_01), ['Ben']).approved).toBe(false);
    expect(judgeApproval(line, people, ask('release', 1, 'Cleo'), []).mayAnswer).toEqual(['Ada', 'Ben']);
  });

  it('needs nobody else while nobody is registered', () => {
    expect(judgeApproval(policyOf({}), [], ask('release', null), []).approved).toBe(true);
  });

  it('is not brought further by somebody who is not registered any more', () => {
    expect(judgeApproval(policyOf({}), people, ask('release', 1), ['Zoe']).approved).toBe(false);
  });
});

const arbitrary = {
  people: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      role: fc.constantFrom(...ROLES),
      upTo: fc.option(fc.integer({ min: 0, max: 3000 }).map(String)),
    }),
    { selector: (one) => one.name },
  ),
  policy: fc
    .record({
      may: fc.array(
        fc.record({
          kind: fc.constantFrom(...KINDS),
          role: fc.constantFrom(...ROLES),
          upTo: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
        }),
        { maxLength: 6 },
      ),
      fourEyesForLimitsAbove: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
    })
    .map(policyOf),
  question: fc.record({
    kind: fc.constantFrom(...KINDS),
    amountMinor: fc.option(fc.integer({ min: 0, max: 4000_00 })),
    baseCurrency: fc.constant('GBP'),
    askedBy: fc.constantFrom(...NAMES),
  }),
  yesBy: fc.array(
    fc
      .tuple(fc.constantFrom(...NAMES), fc.constantFrom('', ' '), fc.boolean())
      .map(([name, space, loud]) => `${space}${loud ? name.toUpperCase() : name}`),
    { maxLength: 6 },
  ),
};

const holds = (
  property: (policy: ApprovalPolicy, people: Person[], question: Question, yesBy: string[]) => void,
): void =>
  fc.assert(fc.property(arbitrary.policy, arbitrary.people, arbitrary.question, arbitrary.yesBy, property), {
    numRuns: 1000,
  });

describe('whatever the policy, the people and the order', () => {
  it('nothing is approved by fewer different people than it needs, each of whom may', () => {
    holds((policy, people, question, yesBy) => {
      const verdict = judgeApproval(policy, people, question, yesBy);
      const different = new Set(verdict.counted.map(nameKey));
      expect(different.size).toBe(verdict.counted.length);
      if (verdict.approved) expect(different.size).toBeGreaterThanOrEqual(verdict.needed);
      for (const name of verdict.counted) {
        const found = people.find((one) => nameKey(one.name) === nameKey(name)) ?? null;
        if (people.length > 0) expect(found).not.toBeNull();
        const { kind, amountMinor, baseCurrency } = question;
        expect(mayDecide(policy, found, kind, amountMinor, baseCurrency).allowed).toBe(true);
      }
    });
  });

  it('nothing that needs four eyes is approved by its asker alone', () => {
    holds((policy, people, question) => {
      const { fourEyesForLimitsAbove: above } = policy.approvals;
      if (question.kind !== 'limit' || above === undefined) return;
      if (question.amountMinor !== null && question.amountMinor <= above * 100) return;
      const alone = [question.askedBy, question.askedBy.toUpperCase(), ` ${question.askedBy}`];
      expect(judgeApproval(policy, people, question, alone).approved).toBe(false);
    });
  });

  it('the order of those who say yes, and how often, does not matter', () => {
    holds((policy, people, question, yesBy) => {
      const keys = (names: string[]) => names.map(nameKey).sort();
      const one = judgeApproval(policy, people, question, yesBy);
      const other = judgeApproval(policy, people, question, [...yesBy, ...yesBy].reverse());
      expect({ ...other, counted: keys(other.counted) }).toEqual({ ...one, counted: keys(one.counted) });
    });
  });

  it('one more yes never takes an approval away, and the people who are named do bring it further', () => {
    holds((policy, people, question, yesBy) => {
      const before = judgeApproval(policy, people, question, yesBy);
      for (const name of NAMES) {
        const after = judgeApproval(policy, people, question, [...yesBy, name]);
        expect(after.missing).toBeLessThanOrEqual(before.missing);
        if (before.mayAnswer?.includes(name)) expect(after.missing).toBe(before.missing - 1);
      }
    });
  });
});
