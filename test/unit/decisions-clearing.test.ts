import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { customerId, type CustomerId } from '../../src/domain/index.ts';
import {
  decideStandings,
  type ClearingPart,
  type PriorStanding,
  type StandingDecision,
} from '../../src/decisions/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import { compareStandings, type Policy, type Standing } from '../../src/policy/index.ts';
import { evaluate } from '../../src/rules/index.ts';
import { someCase, someCaseInPounds, somePolicy } from '../support/arbitrary-cases.ts';
import { afterParts, oneLess } from '../support/clearing-payment.ts';
import { AS_OF } from '../support/facts-builders.ts';

type Prior = ReadonlyMap<CustomerId, PriorStanding>;

function decide(input: FactsInput, prior: Prior, policy: Policy): StandingDecision[] {
  const facts = computeFacts({ ...input, exposure: policy.exposure });
  return decideStandings(facts, evaluate(facts, policy), prior, policy);
}

const asPrior = (decisions: StandingDecision[]): Prior =>
  new Map(decisions.map((decision) => [decision.customerId, decision]));

/** Milder than this is what a clearing promises. */
const promised = (standing: Standing): Standing =>
  compareStandings(standing, 'hold') >= 0 ? 'hold' : standing;

const held: Prior = new Map(
  ['c1', 'c2', 'c4'].map((id) => [
    customerId(id),
    {
      customerId: customerId(id),
      standing: 'hold',
      since: AS_OF,
      reasons: [{ rule: 'over-limit', standing: 'hold', explanation: 'before' }],
    },
  ]),
);

/** Some payment of so much: on each invoice a share of it, as far as that is open, by weights in their order. */
function payElsewhere(input: FactsInput, amountMinor: number, weights: number[]): ClearingPart[] {
  const order = input.invoices
    .map((invoice, i) => ({ invoice, weight: weights[i] ?? 0 }))
    .sort((a, b) => b.weight - a.weight);
  let left = amountMinor;
  return order.flatMap(({ invoice: { id, customerId: whose, number, currency, openMinor }, weight }) => {
    const most = weight % 3 === 0 ? Math.ceil(openMinor / 2) : openMinor;
    const paid = Math.min(left, most);
    left -= paid;
    if (paid === 0) return [];
    return [{ customerId: whose, remoteId: id, number, currency, amountMinor: paid }];
  });
}

const runs = { numRuns: 100 };
const someWorld = fc.record({ input: someCase, policy: somePolicy, wasHeld: fc.boolean() });
const someWorldInPounds = fc.record({ input: someCaseInPounds, policy: somePolicy, wasHeld: fc.boolean() });

describe('the payment that a standing says would clear it', () => {
  it('clears it: judged again from the present standing, the customer stands milder', () => {
    fc.assert(
      fc.property(someWorld, ({ input, policy, wasHeld }) => {
        const now = decide(input, wasHeld ? held : new Map(), policy);
        for (const { customerId: id, standing, clearing } of now) {
          if (clearing === null) continue;
          const after = decide(afterParts(input, clearing.parts), asPrior(now), policy);
          const then = after.find((one) => one.customerId === id)?.standing ?? 'clear';
          expect(compareStandings(then, promised(standing)), `${standing} → ${then}`).toBe(-1);
        }
      }),
      runs,
    );
  });

  it('is the least: with one minor unit less on its last invoice it clears nothing', () => {
    fc.assert(
      fc.property(someWorld, ({ input, policy, wasHeld }) => {
        const now = decide(input, wasHeld ? held : new Map(), policy);
        for (const { customerId: id, standing, clearing } of now) {
          if (clearing === null) continue;
          const parts = oneLess(clearing, clearing.parts.length - 1);
          const after = decide(afterParts(input, parts), asPrior(now), policy);
          const then = after.find((one) => one.customerId === id)?.standing ?? 'clear';
          expect(compareStandings(then, promised(standing)), `${standing} → ${then}`).toBeGreaterThanOrEqual(
            0,
          );
        }
      }),
      runs,
    );
  });

  it('is the least on every invoice, where all is in one currency', () => {
    fc.assert(
      fc.property(someWorldInPounds, ({ input, policy, wasHeld }) => {
        const now = decide(input, wasHeld ? held : new Map(), policy);
        for (const { customerId: id, standing, clearing } of now) {
          for (const [index] of (clearing?.parts ?? []).entries()) {
            if (clearing === null) continue;
            const after = decide(afterParts(input, oneLess(clearing, index)), asPrior(now), policy);
            const then = after.find((one) => one.customerId === id)?.standing ?? 'clear';
            expect(
              compareStandings(then, promised(standing)),
              `${standing} → ${then}`,
            ).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      runs,
    );
  });

  it('is the least of all: no other way to pay less clears it, where all is in one currency', () => {
    const shares = fc.array(fc.nat(100), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(someWorldInPounds, shares, ({ input, policy, wasHeld }, weights) => {
        const now = decide(input, wasHeld ? held : new Map(), policy);
        for (const { customerId: id, standing, clearing } of now) {
          if (clearing === null || clearing.amountMinor === 1) continue;
          const parts = payElsewhere(input, clearing.amountMinor - 1, weights);
          const after = decide(afterParts(input, parts), asPrior(now), policy);
          const then = after.find((one) => one.customerId === id)?.standing ?? 'clear';
          expect(compareStandings(then, promised(standing)), `${standing} → ${then}`).toBeGreaterThanOrEqual(
            0,
          );
        }
      }),
      runs,
    );
  });

  it('is named for everybody who does not stand clear', () => {
    fc.assert(
      fc.property(someWorld, ({ input, policy, wasHeld }) => {
        for (const { standing, clearing, unpayable } of decide(input, wasHeld ? held : new Map(), policy)) {
          expect(unpayable).toBeNull();
          expect(clearing === null).toBe(standing === 'clear');
        }
      }),
      runs,
    );
  });
});
