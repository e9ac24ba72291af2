import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, customerId, type CustomerId } from '../../src/domain/index.ts';
import { decideStandings, type PriorStanding, type StandingDecision } from '../../src/decisions/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import { compareStandings, type Override, type Policy } from '../../src/policy/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import { someCustomerId, someLedger } from '../support/arbitraries.ts';
import { caseNotes, dispute, holdRelease, manualStanding } from '../support/case-notes.ts';
import {
  AS_OF,
  factsInput,
  ledgerCustomer,
  limitTable,
  openInvoice,
  policyWith,
} from '../support/facts-builders.ts';

type Prior = ReadonlyMap<CustomerId, PriorStanding>;
const policy = policyWith();

function decide(
  fields: Partial<FactsInput>,
  prior: Prior = new Map(),
  by: Policy = policy,
): Map<string, StandingDecision> {
  const facts = computeFacts(factsInput(fields));
  const decisions = decideStandings(facts, evaluate(facts, by), prior, by);
  return new Map(decisions.map((decision) => [decision.customerId, decision]));
}
const one = (...args: Parameters<typeof decide>): StandingDecision => {
  const decision = decide(...args).get('c1');
  if (decision === undefined) throw new Error('nothing was decided of c1');
  return decision;
};
const after = (decision: StandingDecision): Prior => new Map([[decision.customerId, decision]]);
const rules = ({ reasons }: StandingDecision): string[] =>
  reasons.map((reason) => `${reason.rule} ${reason.standing}`);

const over: Partial<FactsInput> = {
  invoices: [openInvoice('1', 1200_00)],
  limits: limitTable({ c1: 1000_00 }),
};
const late: Partial<FactsInput> = { invoices: [openInvoice('1', 500_00, { due: '2026-01-01' })] };

describe('a person’s own word', () => {
  it('goes before whatever the figures say, with who, since when and why', () => {
    const decision = one({ ...over, notes: caseNotes({ manualStandings: [manualStanding()] }) });
    expect(decision.standing).toBe('stop');
    expect(rules(decision)).toEqual(['manual stop', 'over-limit hold']);
    expect(decision.reasons[0]?.explanation).toBe(
      'Ann Example set Customer c1 to stop on 2026-03-04: moved without a word. Only a person takes it away; no payment does.',
    );
  });

  it('never clears itself, and no payment lifts it', () => {
    const decision = one({ notes: caseNotes({ manualStandings: [manualStanding({ standing: 'hold' })] }) });
    expect(decision).toMatchObject({ standing: 'hold', clearing: null });
    expect(decision.unpayable).toContain('Only a person takes it away');
  });

  it('does not make a standing milder than the figures ask for', () => {
    const decision = one({
      ...over,
      notes: caseNotes({ manualStandings: [manualStanding({ standing: 'watch' })] }),
    });
    expect(rules(decision)).toEqual(['over-limit hold', 'manual watch']);
    expect(decision.clearing?.sentence).toBe('250.00 GBP on 1 lifts this hold.');
  });

  it('ends by itself only when it was given an end, and leaves no hold behind', () => {
    const until = addDays(AS_OF, 1);
    const notes = caseNotes({ manualStandings: [manualStanding({ until })] });
    const invoices = [openInvoice('1', 970_00)];
    const limits = limitTable({ c1: 1000_00 });
    const first = one({ invoices, limits, notes });
    expect(first.reasons[0]?.explanation).toContain('It ends after 2026-03-12');
    expect(one({ invoices, limits, notes, asOf: until }, after(first)).standing).toBe('stop');
    expect(one({ invoices, limits, notes, asOf: addDays(AS_OF, 2) }, after(first)).standing).toBe('watch');
  });

  it('of the most severe goes first: stop, then fraud, then the insurer, then the figures', () => {
    const manualStandings = [
      manualStanding({ standing: 'hold', cause: 'insurer' }),
      manualStanding({ standing: 'hold', cause: 'fraud' }),
      manualStanding({ standing: 'stop', cause: 'person' }),
    ];
    expect(
      rules(
        one({ ...late, ...{ limits: limitTable({ c1: 100_00 }) }, notes: caseNotes({ manualStandings }) }),
      ),
    ).toEqual(['manual stop', 'fraud hold', 'insurer hold', 'overdue hold', 'over-limit hold']);
    const equal = manualStandings.slice(0, 2);
    expect(rules(one({ ...late, notes: caseNotes({ manualStandings: equal }) }))).toEqual([
      'fraud hold',
      'insurer hold',
      'overdue hold',
    ]);
  });

  it('counts also while the customer cannot be judged, and is gone when it was taken away meanwhile', () => {
    const unknown = { invoices: [openInvoice('1', 500_00, { currency: 'USD' })] };
    const first = one({ ...unknown, notes: caseNotes({ manualStandings: [manualStanding()] }) });
    expect(first.standing).toBe('stop');
    expect(one(unknown, after(first))).toMatchObject({ standing: 'clear', reasons: [] });
  });

  it('never makes anybody milder than it says, whatever the ledger', () => {
    const someManual = fc.record({
      id: someCustomerId,
      standing: fc.constantFrom(
        'watch' as const,
        'approve-first' as const,
        'prepay' as const,
        'hold' as const,
        'stop' as const,
      ),
      cause: fc.constantFrom('person' as const, 'fraud' as const, 'insurer' as const),
    });
    fc.assert(
      fc.property(someLedger, fc.array(someManual, { maxLength: 3 }), (input, set) => {
        const manualStandings = set.map(({ id, ...rest }) =>
          manualStanding({ customerId: customerId(id), ...rest }),
        );
        const releases = ['c1', 'c2'].map((id) =>
          holdRelease({ customerId: customerId(id), upToExposureMinor: 9e9 }),
        );
        const decisions = decide({ ...input, notes: caseNotes({ manualStandings, releases }) });
        for (const { customerId: id, standing } of manualStandings) {
          const decided = decisions.get(id)?.standing ?? 'clear';
          expect(compareStandings(decided, standing)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe('a hold that a person released', () => {
  const released = (fields: Partial<Parameters<typeof holdRelease>[0]> = {}) =>
    caseNotes({ releases: [holdRelease({ upToExposureMinor: 1200_00, ...fields })] });

  it('is at most approve-first while the exposure has not grown, and says who, why and until when', () => {
    const decision = one({ ...over, notes: released() });
    expect(rules(decision)).toEqual(['released approve-first', 'over-limit hold']);
    expect(decision.standing).toBe('approve-first');
    expect(decision.reasons[0]?.explanation).toBe(
      'Ann Example released Customer c1 until 2026-03-18 while it owes no more than 1,200.00 GBP: the season begins. Without it: hold.',
    );
  });

  it('is back when the amount grows by a penny', () => {
    const grown = { ...over, invoices: [openInvoice('1', 1200_01)] };
    expect(one({ ...grown, notes: released() }).standing).toBe('hold');
    expect(one({ ...grown, notes: released() }).clearing?.amountMinor).toBe(1);
  });

  it.each([
    ['2026-03-17', 'approve-first'],
    ['2026-03-18', 'approve-first'],
    ['2026-03-19', 'hold'],
  ])('is back when its day has passed: on %s it is %s', (asOf, standing) => {
    const first = one({ ...over, notes: released() });
    expect(one({ ...over, asOf: asOf as typeof AS_OF, notes: released() }, after(first)).standing).toBe(
      standing,
    );
  });

  it('is still a hold below: when the release ends, the thresholds of release count', () => {
    const first = one({ ...over, notes: released() });
    const between = { ...over, invoices: [openInvoice('1', 1000_00)], asOf: addDays(AS_OF, 9) };
    expect(rules(one(between, after(first)))).toEqual(['release-threshold hold', 'near-limit watch']);
    expect(one(between).standing).toBe('watch');
  });

  it('is not released by what was released for one order', () => {
    expect(one({ ...over, notes: released({ scope: 'order', orderReference: 'SO-1' }) }).standing).toBe(
      'hold',
    );
  });

  it.each(['person', 'fraud', 'insurer'] as const)('is not lifted against the word of %s', (cause) => {
    const manualStandings = [manualStanding({ standing: 'hold', cause })];
    const notes = caseNotes({ manualStandings, releases: [holdRelease()] });
    expect(one({ ...over, notes }).standing).toBe('hold');
  });
});

describe('a dispute', () => {
  it('takes its invoice out of the overdue rules, but not out of what is owed', () => {
    const notes = caseNotes({ disputes: [dispute('1')] });
    const decision = one({ ...late, limits: limitTable({ c1: 600_00 }), notes });
    expect(rules(decision)).toEqual(['near-limit watch']);
  });

  it('in part leaves the rest of the invoice to the overdue rules', () => {
    const notes = caseNotes({ disputes: [dispute('1', { amountMinor: 499_00 })] });
    const decision = one({ ...late, notes });
    expect(decision.standing).toBe('approve-first');
    expect(decision.reasons[0]?.explanation).toBe(
      'Customer c1 is overdue with 1.00 GBP on 1 invoice, the oldest, 1, due 2026-01-01, 69 days ago; ' +
        '499.00 GBP of 1 is disputed and left out. The policy says approve-first from 15 days.',
    );
  });

  it('counts no more after its day of review, until somebody has looked at it', () => {
    const notes = (reviewBy: string) =>
      caseNotes({ disputes: [dispute('1', { reviewBy: reviewBy as typeof AS_OF })] });
    expect(one({ ...late, notes: notes(AS_OF) }).standing).toBe('clear');
    expect(one({ ...late, notes: notes('2026-03-10') }).standing).toBe('hold');
  });

  it('lifts no hold until somebody approves it, and says so', () => {
    const held = after(one(late));
    const waiting = one({ ...late, notes: caseNotes({ disputes: [dispute('1')] }) }, held);
    expect(rules(waiting)).toEqual(['disputed hold']);
    expect(waiting.reasons[0]?.explanation).toMatch(
      /^Customer c1 is on hold and disputes 1 \(Ann Example looks after it\): a dispute lifts no hold until somebody approves it\. /,
    );
    expect(waiting.clearing?.invoices).toEqual(['1']);
    const approved = caseNotes({ disputes: [dispute('1', { approvedBy: 'Bo Example' })] });
    expect(one({ ...late, notes: approved }, after(waiting)).standing).toBe('clear');
  });

  it('prevents a hold that was not there yet, approved or not', () => {
    expect(one({ ...late, notes: caseNotes({ disputes: [dispute('1')] }) }).standing).toBe('clear');
  });
});

describe('an override of the policy', () => {
  const overridden = (set: Override['set'], until = '2026-12-31'): Policy =>
    policyWith((draft) => {
      draft.overrides = [{ customer: 'c1', reason: 'a founder’s friend', until, set }];
    });

  it('keeps a customer at most at its standing, with its reason and its end, and the hold below it', () => {
    const decision = one(over, new Map(), overridden({ atMost: 'watch' }));
    expect(rules(decision)).toEqual(['override watch', 'over-limit hold']);
    expect(decision.reasons[0]?.explanation).toBe(
      'The policy’s override keeps Customer c1 on watch or better until 2026-12-31: a founder’s friend. Without it: hold.',
    );
  });

  it('keeps a customer at least at its standing, which no payment changes', () => {
    const decision = one({}, new Map(), overridden({ atLeast: 'prepay' }));
    expect(rules(decision)).toEqual(['override prepay']);
    expect(decision.unpayable).toBe(
      'No payment makes it milder: the policy’s override keeps Customer c1 on prepay until 2026-12-31 (a founder’s friend).',
    );
  });

  it('says nothing after its last day', () => {
    expect(one(over, new Map(), overridden({ atMost: 'watch' }, '2026-03-10')).standing).toBe('hold');
    expect(one(over, new Map(), overridden({ atMost: 'watch' }, AS_OF)).standing).toBe('watch');
  });

  it('gives way to a person’s own word', () => {
    const notes = caseNotes({ manualStandings: [manualStanding()] });
    expect(one({ ...over, notes }, new Map(), overridden({ atMost: 'watch' })).standing).toBe('stop');
    const released = caseNotes({ releases: [holdRelease()] });
    expect(one({ ...over, notes: released }, new Map(), overridden({ atLeast: 'hold' })).standing).toBe(
      'approve-first',
    );
  });

  it('of a sub-customer limits what it asks of its debtor', () => {
    const customers = [ledgerCustomer('top'), ledgerCustomer('c1', { parent: 'top' })];
    const fields = { ...over, customers };
    expect(decide(fields).get('top')?.standing).toBe('hold');
    const by = overridden({ atMost: 'watch' });
    expect(decide(fields, new Map(), by).get('top')?.standing).toBe('watch');
  });
});

describe('the thresholds of release', () => {
  const strict = (release: Policy['release']): Policy =>
    policyWith((draft) => {
      draft.release = release;
    });
  const owing = (days: number, minor: number) => ({
    invoices: [openInvoice('1', minor, { due: addDays(AS_OF, -days) })],
  });
  const held = after(one(late));

  it.each([
    [9, 'watch'],
    [10, 'hold'],
    [14, 'hold'],
  ])('keep a hold while something is too old: %s days overdue is %s', (days, standing) => {
    const by = strict({ useAtMostPercent: 95, overdueDaysBelow: 10 });
    const decision = one(owing(days, 500_00), held, by);
    expect(decision.standing).toBe(standing);
    if (standing === 'hold') expect(decision.reasons[0]?.explanation).toContain('10 days or more overdue');
    expect(one(owing(days, 500_00), new Map(), by).standing).toBe('watch');
  });

  it.each([
    [99_99, 'watch'],
    [100_00, 'hold'],
  ])('keep a hold while too much is overdue: %s pence are %s', (minor, standing) => {
    const by = strict({ useAtMostPercent: 95, overdueBelow: 100 });
    const decision = one(owing(3, minor), held, by);
    expect(decision.standing).toBe(standing);
    if (standing === 'hold')
      expect(decision.reasons[0]?.explanation).toContain('the hold is released below 100.00 GBP');
  });

  it('leave sums below the tolerance aside', () => {
    const by = strict({ useAtMostPercent: 95, overdueDaysBelow: 1, overdueBelow: 0 });
    expect(one(owing(3, 99), held, by).standing).toBe('clear');
    expect(one(owing(3, 1_00), held, by).standing).toBe('hold');
  });

  it('must all be met before a hold is released, whatever the ledger', () => {
    const by = strict({ useAtMostPercent: 60, overdueDaysBelow: 5, overdueBelow: 50 });
    fc.assert(
      fc.property(someLedger, (input) => {
        const before: Prior = new Map(
          input.customers.map(({ id }) => [
            id,
            {
              customerId: id,
              standing: 'hold',
              since: AS_OF,
              reasons: [{ rule: 'overdue', standing: 'hold', explanation: 'before' }],
            },
          ]),
        );
        const facts = new Map(computeFacts(input).map((some) => [some.customer.id, some]));
        for (const { customerId: id, standing } of decide(input, before, by).values()) {
          if (compareStandings(standing, 'hold') >= 0) continue;
          const { limit, total, group } = facts.get(id)!;
          const exposure = total.base?.exposureMinor ?? Infinity;
          if (limit?.kind === 'amount' && limit.limitMinor > 0)
            expect(exposure * 100).toBeLessThanOrEqual(limit.limitMinor * 60);
          if (group !== null)
            expect((group.position.base?.exposureMinor ?? Infinity) * 100).toBeLessThanOrEqual(
              group.limitMinor * 60,
            );
          expect(total.base?.overdueMinor ?? Infinity).toBeLessThan(50_00);
        }
      }),
    );
  });
});
