import { z } from 'zod';
import {
  amount,
  name,
  percent,
  said,
  standing,
  thresholdAmount,
  thresholdDays,
  thresholdPercent,
} from './schema-words.ts';

const forWhom = {
  segments: said(
    z.array(name).min(1),
    'Only for members of any of these segments. Neither this nor exceptSegments: for everybody.',
  ).optional(),
  exceptSegments: said(z.array(name).min(1), 'For everybody but the members of these segments.').optional(),
};

const useRule = z
  .strictObject({
    rule: z.enum(['near-limit', 'over-limit']),
    useAtLeastPercent: said(
      thresholdPercent,
      'Speaks when this share of the limit is used, or more. Give this or useAbovePercent.',
    ).optional(),
    useAbovePercent: said(
      thresholdPercent,
      'Speaks when more than this share of the limit is used. Give this or useAtLeastPercent.',
    ).optional(),
    standing,
    ...forWhom,
  })
  .describe('Exposure over the limit, of the customer with its sub-customers, and of its group.');

const overdueRule = z
  .strictObject({
    rule: z.literal('overdue'),
    daysAtLeast: said(thresholdDays, 'Days past due beyond the grace of the oldest item that counts.'),
    amountAtLeast: said(
      thresholdAmount,
      'Only when items of that age come to this (base currency). With a share, either suffices.',
    ).optional(),
    orShareAtLeastPercent: said(
      thresholdPercent.max(100),
      'Or when they are this share of the balance. Alone or with amountAtLeast.',
    ).optional(),
    standing,
    ...forWhom,
  })
  .describe('Age AND (amount OR share of the balance). Without amount and share the age alone decides.');

const cashOnlyRule = z
  .strictObject({ rule: z.literal('cash-only'), standing, ...forWhom })
  .describe('A limit of 0 and an open invoice.');

const unassessedRule = z
  .strictObject({
    rule: z.literal('unassessed'),
    openAtLeast: said(thresholdAmount, 'From this exposure on (base currency) somebody should set a limit.'),
    standing,
    ...forWhom,
  })
  .describe('No limit was ever set for a customer that owes this much.');

export const ruleSchema = z.discriminatedUnion('rule', [useRule, overdueRule, cashOnlyRule, unassessedRule]);

const releaseOverdue = {
  overdueDaysBelow: said(
    thresholdDays,
    'The oldest overdue item beyond the grace must be younger. Missing: as young as the overdue rules ask.',
  ).optional(),
  overdueBelow: said(
    thresholdAmount,
    'What is overdue must be less (base currency). Missing: as little as the overdue rules ask.',
  ).optional(),
};
const releaseUse = said(percent, 'Use of the limit must be at or below this share.');
/** When a hold ends. Each threshold must be as strict as what places holds, or stricter: see lint-release.ts. */
export const releaseSchema = z
  .strictObject({ useAtMostPercent: releaseUse.default(95), ...releaseOverdue })
  .describe('A hold ends when no rule asks for it and all of these are met.');
/** Without defaults: what a segment or an override does not say, it does not change. */
const releaseChange = z.strictObject({ useAtMostPercent: releaseUse.optional(), ...releaseOverdue });

/** What may differ for a segment or for one customer. */
export const changes = {
  graceDays: said(z.number().int().min(0).max(365), 'Days past due that do not count yet.').optional(),
  tolerance: said(amount, 'Overdue sums below this are left alone (base currency).').optional(),
  defaultLimit: said(
    amount,
    'The limit of customers that nobody assessed (base currency). 0 = cash only.',
  ).optional(),
  release: said(releaseChange, 'Other thresholds for the end of a hold; the rest stays.').optional(),
};
