import { z } from 'zod';
import { tryDay } from '../domain/index.ts';

/** Standings from mildest to most severe; the most severe that any reason gives wins. */
export const STANDINGS = ['clear', 'watch', 'approve-first', 'prepay', 'hold', 'stop'] as const;
export type Standing = (typeof STANDINGS)[number];

const standing = z.enum(STANDINGS);
const name = z.string().trim().min(1).max(100);
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'a day such as 2026-12-31')
  .refine((text) => tryDay(text) !== null, 'not a day of the calendar');
const country = z.string().regex(/^[A-Z]{2}$/, 'two capital letters such as GB (ISO 3166-1)');
const currency = z.string().regex(/^[A-Z]{3}$/, 'three capital letters such as GBP (ISO 4217)');
const percent = z.number().min(0).max(10_000);
const amount = z.number().min(0).max(1e12).describe('decimal, in the base currency of each organisation');

/** For whom a rule is: members of any of these segments, or everybody but them. Neither given: everybody. */
const forWhom = {
  segments: z.array(name).min(1).optional(),
  exceptSegments: z.array(name).min(1).optional(),
};
const useRule = z.strictObject({
  rule: z.enum(['near-limit', 'over-limit']),
  /** Either of the two: `atLeast` includes the figure itself, `above` does not. */
  useAtLeastPercent: percent.optional(),
  useAbovePercent: percent.optional(),
  standing,
  ...forWhom,
});
const overdueRule = z.strictObject({
  rule: z.literal('overdue'),
  daysAtLeast: z.number().int().min(1).max(3650),
  /** With the share: either suffices. Neither given: days alone decide. */
  amountAtLeast: amount.optional(),
  orShareAtLeastPercent: percent.optional(),
  standing,
  ...forWhom,
});
const cashOnlyRule = z.strictObject({ rule: z.literal('cash-only'), standing, ...forWhom });
const unassessedRule = z.strictObject({
  rule: z.literal('unassessed'),
  openAtLeast: amount,
  standing,
  ...forWhom,
});

/** At or below all of these a hold is released; each must be as strict as what places holds, or stricter. */
const release = z.strictObject({
  useAtMostPercent: percent.default(95),
  /** The oldest overdue item beyond the grace must be younger; missing: as young as the overdue rules ask. */
  overdueDaysBelow: z.number().int().min(1).max(3650).optional(),
  /** What is overdue must be less; missing: as little as the overdue rules ask. */
  overdueBelow: amount.optional(),
});

/** What may differ for a segment or for one customer. */
const changes = {
  graceDays: z.number().int().min(0).max(365).optional(),
  tolerance: amount.optional(),
  /** For customers that nobody assessed, in base currency; 0 = cash only. */
  defaultLimit: amount.optional(),
  release: release.partial().optional(),
};

const range = { atLeast: amount.optional(), below: amount.optional() };
const segment = z.strictObject({
  name,
  /** All that are given must hold; a list holds when any of its entries does. */
  when: z
    .strictObject({
      currency: z.array(currency).min(1).optional(),
      country: z.array(country).min(1).optional(),
      /** Limit groups by name. */
      group: z.array(name).min(1).optional(),
      tag: z.array(name).min(1).optional(),
      /** Payment terms in days: what most of the open invoices were granted. */
      termsDays: z
        .strictObject({
          atLeast: z.number().int().min(0).max(3650).optional(),
          atMost: z.number().int().min(0).max(3650).optional(),
        })
        .optional(),
      /** Size: the open-item balance (with sub-customers) in base currency. */
      balance: z.strictObject(range).optional(),
      /** A regular expression (RE2: never slower than its text is long) that the name must contain. */
      nameMatches: z.string().min(1).max(200).optional(),
    })
    .refine((when) => Object.values(when).some((part) => part !== undefined), 'give at least one condition'),
  set: z.strictObject(changes).prefault({}),
});

const override = z.strictObject({
  /** Id, account number or exact name. */
  customer: name,
  reason: z.string().trim().min(1).max(500),
  /** The last day on which it counts. */
  until: day,
  set: z
    .strictObject({
      ...changes,
      /** Rules that do not speak of this customer. */
      withoutRules: z
        .array(z.enum(['near-limit', 'over-limit', 'overdue', 'cash-only', 'unassessed']))
        .min(1)
        .optional(),
      /** No rule makes its standing more severe, or milder, than this; a person's own word still does. */
      atMost: standing.optional(),
      atLeast: standing.optional(),
    })
    .refine((set) => Object.values(set).some((part) => part !== undefined), 'give at least one change'),
});

/** Who may decide what, up to which amount (base currency). No line for a kind: everybody may. */
const approval = z.strictObject({
  kind: z.enum(['hold.place', 'hold.release', 'reminder', 'limit', 'release', 'dispute', 'standing']),
  role: name,
  upTo: amount.optional(),
});

const exampleInvoice = z.strictObject({
  number: name,
  amount: z.number().min(0.01).max(1e12),
  currency: currency.optional(),
  /** Days past due; negative while it is not due yet. */
  daysOverdue: z.number().int().min(-3650).max(36_500),
  termsDays: z.number().int().min(0).max(3650).default(30),
  disputed: z.boolean().default(false),
});
/** An example customer and what the policy must make of it. Amounts are in `currency`, by default the base. */
const example = z.strictObject({
  name: z.string().trim().min(1).max(200),
  baseCurrency: currency.default('GBP'),
  customer: z
    .strictObject({
      name: name.default('Example customer'),
      currency: currency.optional(),
      country: country.optional(),
      tags: z.array(name).default([]),
      /** Missing: nobody assessed it. */
      limit: z.union([amount, z.literal('unlimited')]).optional(),
      group: z.strictObject({ name, limit: amount, othersOwe: amount.default(0) }).optional(),
    })
    .prefault({}),
  invoices: z.array(exampleInvoice).max(1_000).default([]),
  /** Unapplied credits, together. */
  credits: amount.default(0),
  drafts: amount.default(0),
  /** Base currency for one unit of each foreign currency. */
  rates: z.record(currency, z.number().gt(0)).default({}),
  /** The standing before. */
  prior: standing.default('clear'),
  expect: z.strictObject({
    standing,
    /** The flags' rules in any order; missing: not looked at. */
    flags: z.array(name).optional(),
  }),
});

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:00');
const effect = z.strictObject({
  effect: z.enum(['none', 'hold']),
  automatic: z.boolean().default(false),
});

/** The written credit policy: rule → standing → effect on the platform → automatic or not. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(100),
  rates: z
    .strictObject({
      maximumAgeDays: z.number().int().min(0).max(3650).default(31),
      /** Which source is asked first; one that is left out is not asked. */
      order: z
        .array(z.enum(['file', 'platform', 'booked']))
        .min(1)
        .default(['file', 'platform', 'booked']),
    })
    .prefault({}),
  /** What counts beside open invoices less unapplied credits. A weight of 0 leaves it out. */
  exposure: z
    .strictObject({
      drafts: z.strictObject({ weightPercent: z.number().min(0).max(100).default(0) }).prefault({}),
      /** Accepted quotes and orders not invoiced yet, due within the horizon. */
      orders: z
        .strictObject({
          weightPercent: z.number().min(0).max(100).default(0),
          horizonDays: z.number().int().min(0).max(3650).default(60),
        })
        .prefault({}),
    })
    .prefault({}),
  overdue: z
    .strictObject({
      /** Overdue sums below this are left out of every overdue rule. */
      tolerance: amount.default(1),
      /** Days past due that do not count yet. */
      graceDays: z.number().int().min(0).max(365).default(0),
      /** Whether unapplied credits are taken off the oldest overdue items before the overdue rules look. */
      creditsClearOverdue: z.boolean().default(false),
    })
    .prefault({}),
  segments: z.array(segment).max(50).default([]),
  overrides: z.array(override).max(1_000).default([]),
  rules: z
    .array(z.discriminatedUnion('rule', [useRule, overdueRule, cashOnlyRule, unassessedRule]))
    .min(1)
    .max(100),
  release: release.prefault({}),
  standings: z.strictObject({
    watch: effect.prefault({ effect: 'none' }),
    'approve-first': effect.prefault({ effect: 'none' }),
    prepay: effect.prefault({ effect: 'none' }),
    hold: effect,
    stop: effect,
  }),
  releaseHolds: z.strictObject({ automatic: z.boolean() }),
  approvals: z
    .strictObject({
      may: z.array(approval).max(100).default([]),
      /** Changes of limits to more than this need two people; missing: one suffices. */
      fourEyesForLimitsAbove: amount.optional(),
      /** A request that nobody answered is void after so many days. */
      expireAfterDays: z.number().int().min(1).max(365).default(30),
    })
    .prefault({}),
  calendar: z
    .strictObject({
      /** ISO days of the week (1 = Monday) on which people work, by country; the others work Monday to Friday. */
      workingDays: z.record(country, z.array(z.number().int().min(1).max(7)).min(1)).default({}),
      /** Whether the public holidays of the customer's country are kept. */
      publicHolidays: z.boolean().default(false),
      /** More days on which nobody is written to, by country; '*' = everywhere. */
      holidays: z.record(z.union([country, z.literal('*')]), z.array(day)).default({}),
    })
    .prefault({}),
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
      /** No new hold and no reminder while unapplied money is at least this share of what is overdue; 0 = never mind. */
      unappliedCashAtLeastPercent: percent.default(100),
    })
    .prefault({}),
  tests: z.array(example).max(500).default([]),
});

export type PolicyDocument = z.infer<typeof policySchema>;
export type Segment = PolicyDocument['segments'][number];
export type Override = PolicyDocument['overrides'][number];
export type PolicyExample = PolicyDocument['tests'][number];
export type ApprovalKind = PolicyDocument['approvals']['may'][number]['kind'];
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
