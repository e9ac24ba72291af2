import { z } from 'zod';

/** Standings from mildest to most severe; the most severe that any reason gives wins. */
export const STANDINGS = ['clear', 'watch', 'approve-first', 'prepay', 'hold', 'stop'] as const;
export type Standing = (typeof STANDINGS)[number];

const standing = z.enum(STANDINGS);
const percent = z.number().min(0).max(10_000);
const amount = z.number().min(0).max(1e12).describe('decimal, in the base currency of each organisation');

const useRule = z.strictObject({
  rule: z.enum(['near-limit', 'over-limit']),
  /** Either of the two: `atLeast` includes the figure itself, `above` does not. */
  useAtLeastPercent: percent.optional(),
  useAbovePercent: percent.optional(),
  standing,
});
const overdueRule = z.strictObject({
  rule: z.literal('overdue'),
  daysAtLeast: z.number().int().min(1).max(3650),
  /** With the share: either suffices. Neither given: days alone decide. */
  amountAtLeast: amount.optional(),
  orShareAtLeastPercent: percent.optional(),
  standing,
});
const cashOnlyRule = z.strictObject({ rule: z.literal('cash-only'), standing });
const unassessedRule = z.strictObject({ rule: z.literal('unassessed'), openAtLeast: amount, standing });

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:00');
const effect = z.strictObject({
  effect: z.enum(['none', 'hold']),
  automatic: z.boolean().default(false),
});

/** The written credit policy: rule → standing → effect on the platform → automatic or not. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(100),
  rates: z.strictObject({ maximumAgeDays: z.number().int().min(0).max(3650).default(31) }).prefault({}),
  overdue: z
    .strictObject({
      /** Overdue sums below this are left out of every overdue rule. */
      tolerance: amount.default(1),
      /** Days past due that do not count yet. */
      graceDays: z.number().int().min(0).max(365).default(0),
    })
    .prefault({}),
  rules: z
    .array(z.discriminatedUnion('rule', [useRule, overdueRule, cashOnlyRule, unassessedRule]))
    .min(1)
    .max(100),
  release: z.strictObject({ useAtMostPercent: percent.default(95) }).prefault({}),
  standings: z.strictObject({
    watch: effect.prefault({ effect: 'none' }),
    'approve-first': effect.prefault({ effect: 'none' }),
    prepay: effect.prefault({ effect: 'none' }),
    hold: effect,
    stop: effect,
  }),
  releaseHolds: z.strictObject({ automatic: z.boolean() }),
  reminders: z.strictObject({
    automatic: z.boolean(),
    /** Days relative to the due day of the oldest chaseable item; negative = before it. */
    steps: z.array(z.number().int().min(-60).max(365)).min(1).max(12),
    /** 'standard': a customer's first message is the first step, however late. 'contextual': the step of the day. */
    entry: z.enum(['standard', 'contextual']).default('standard'),
    minimumDaysBetween: z.number().int().min(1).max(90).default(4),
    channel: z.enum(['mail-or-platform', 'mail', 'platform', 'none']).default('mail-or-platform'),
    window: z
      .strictObject({
        from: time.default('09:00'),
        to: time.default('17:00'),
        weekdays: z.array(z.number().int().min(1).max(7)).min(1).default([1, 2, 3, 4, 5]),
      })
      .prefault({}),
  }),
  gates: z
    .strictObject({
      maximumSyncAgeHours: z.number().min(1).max(720).default(26),
      /** More effects of one kind in one night than max(customers, percent of all customers) wait for a person. */
      blastRadius: z
        .strictObject({ customers: z.number().int().min(1).default(20), percent: percent.default(5) })
        .prefault({}),
    })
    .prefault({}),
});

export type PolicyDocument = z.infer<typeof policySchema>;
export type PolicyRule = PolicyDocument['rules'][number];
export type OverdueRule = Extract<PolicyRule, { rule: 'overdue' }>;
export type UseRule = Extract<PolicyRule, { rule: 'near-limit' | 'over-limit' }>;

/** A policy together with the hash that decisions cite. */
export interface Policy extends PolicyDocument {
  hash: string;
  /** The text it was read from, kept so that old versions stay readable. */
  source: string;
}

/** -1, 0, 1 as `a` is milder than, equal to or more severe than `b`. */
export function compareStandings(a: Standing, b: Standing): number {
  return Math.sign(STANDINGS.indexOf(a) - STANDINGS.indexOf(b));
}

/** The most severe of some standings; 'clear' of none. */
export function worstStanding(standings: Standing[]): Standing {
  return standings.reduce((worst, next) => (compareStandings(next, worst) > 0 ? next : worst), 'clear');
}
