import fc from 'fast-check';
import { addDays, customerId } from '../../src/domain/index.ts';
import type { Dispute, HoldRelease } from '../../src/cases/index.ts';
import type { FactsInput } from '../../src/facts/index.ts';
import type { Override, Policy } from '../../src/policy/index.ts';
import { someLedger } from './arbitraries.ts';
import { AS_OF, policyWith } from './facts-builders.ts';

const MILD: Override = {
  customer: 'c1',
  reason: 'a founder’s friend',
  until: '2199-12-31',
  set: { atMost: 'approve-first' },
};
const LENIENT: Override = {
  customer: 'c2',
  reason: 'pays late but surely',
  until: '2199-12-31',
  set: { graceDays: 10, release: { useAtMostPercent: 50 }, atMost: 'prepay' },
};

/** Thresholds of every kind, each sensible in itself. */
export const somePolicy: fc.Arbitrary<Policy> = fc
  .record({
    graceDays: fc.constantFrom(0, 0, 5),
    tolerance: fc.constantFrom(0, 1, 25),
    creditsClearOverdue: fc.boolean(),
    share: fc.constantFrom(undefined, 5, 50, 100),
    amount: fc.constantFrom(undefined, 250, 1000),
    release: fc.record({
      useAtMostPercent: fc.constantFrom(95, 60),
      overdueDaysBelow: fc.constantFrom(undefined, 1, 10),
      overdueBelow: fc.constantFrom(undefined, 0, 100),
    }),
    unassessed: fc.constantFrom('clear' as const, 'watch' as const, 'hold' as const),
    drafts: fc.constantFrom(0, 50, 100),
    overrides: fc.constantFrom<Override[]>([], [MILD], [LENIENT], [MILD, LENIENT]),
  })
  .map(({ share, amount, release, unassessed, drafts, overrides, ...overdue }) =>
    policyWith((draft) => {
      draft.tests = [];
      draft.overrides = overrides;
      Object.assign(draft.overdue, overdue);
      draft.release = { useAtMostPercent: release.useAtMostPercent };
      if (release.overdueDaysBelow !== undefined) draft.release.overdueDaysBelow = release.overdueDaysBelow;
      if (release.overdueBelow !== undefined) draft.release.overdueBelow = release.overdueBelow;
      draft.exposure.drafts.weightPercent = drafts;
      for (const rule of draft.rules) {
        if (rule.rule === 'unassessed') rule.standing = unassessed;
        if (rule.rule !== 'overdue' || rule.standing !== 'hold') continue;
        delete rule.amountAtLeast;
        delete rule.orShareAtLeastPercent;
        if (amount !== undefined) rule.amountAtLeast = amount;
        if (share !== undefined) rule.orShareAtLeastPercent = share;
      }
    }),
  );

const someNotes = fc.record({
  disputed: fc.array(
    fc.record({
      index: fc.nat(11),
      part: fc.boolean(),
      approved: fc.boolean(),
      days: fc.integer({ min: -5, max: 20 }),
    }),
    { maxLength: 3 },
  ),
  releases: fc.array(fc.record({ id: fc.constantFrom('c1', 'c2', 'c4'), upTo: fc.nat(600_000) }), {
    maxLength: 1,
  }),
});

/** A ledger with disputes, releases and drafts (every fourth invoice, as if not approved). */
export const someCase: fc.Arbitrary<FactsInput> = fc
  .record({ ledger: someLedger, notes: someNotes, drafts: fc.boolean() })
  .map(({ ledger, notes, drafts }) => {
    const isDraft = (_: unknown, i: number): boolean => drafts && i % 4 === 3;
    const invoices = ledger.invoices.filter((one, i) => !isDraft(one, i));
    const disputes = notes.disputed.flatMap(({ index, part, approved, days }, i): Dispute[] => {
      const invoice = invoices[index];
      if (invoice === undefined) return [];
      const amountMinor = part ? Math.ceil(invoice.openMinor / 3) : null;
      return [
        {
          id: i + 1,
          customerId: invoice.customerId,
          invoiceId: invoice.id,
          invoiceNumber: invoice.number,
          amountMinor,
          reason: 'short delivery',
          owner: 'Ann Example',
          openedOn: addDays(AS_OF, -10),
          reviewBy: addDays(AS_OF, days),
          approvedBy: approved ? 'Bo Example' : null,
        },
      ];
    });
    const releases = notes.releases.map(({ id, upTo }, i): HoldRelease => {
      return {
        id: i + 1,
        customerId: customerId(id),
        scope: 'customer',
        upToExposureMinor: upTo,
        orderReference: null,
        reason: 'season',
        by: 'Ann Example',
        from: AS_OF,
        until: AS_OF,
      };
    });
    return {
      ...ledger,
      invoices,
      drafts: ledger.invoices.filter(isDraft),
      notes: { ...ledger.notes, disputes, releases },
    };
  });

/** The same in one currency, where a payment of so much is exactly so much. */
export const someCaseInPounds: fc.Arbitrary<FactsInput> = someCase.map((input): FactsInput => {
  const inBase = <T extends { currency: string }>(one: T): T => ({ ...one, currency: 'GBP' });
  return {
    ...input,
    invoices: input.invoices.map(inBase),
    credits: input.credits.map(inBase),
    drafts: input.drafts.map(inBase),
  };
});
