import { z } from 'zod';
import {
  amount,
  country,
  day,
  days,
  name,
  percent,
  said,
  thresholdAmount,
  time,
  weekdays,
} from './schema-words.ts';

const effect = z.strictObject({
  effect: said(z.enum(['none', 'hold']), 'What is done on the platform.'),
  automatic: said(z.boolean(), 'Without asking a person, while the connection’s mode is automatic.').default(
    false,
  ),
});

/** What each standing does on the platform; a standing that has no effect is only shown. */
export const standingsSchema = z
  .strictObject({
    watch: effect.prefault({ effect: 'none' }),
    'approve-first': effect.prefault({ effect: 'none' }),
    prepay: effect.prefault({ effect: 'none' }),
    hold: effect,
    stop: effect,
  })
  .describe('standing → effect on the platform → automatic or not.');

const APPROVAL_KINDS = [
  'hold.place',
  'hold.release',
  'reminder',
  'limit',
  'release',
  'dispute',
  'standing',
] as const;

const approval = z.strictObject({
  kind: said(z.enum(APPROVAL_KINDS), 'What is decided.'),
  role: said(name, 'Who may: a role that people have.'),
  upTo: said(thresholdAmount, 'Up to this amount (base currency). Missing: any.').optional(),
});

export const approvalsSchema = z
  .strictObject({
    may: said(z.array(approval).max(100), 'No line for a kind: everybody may decide it.').default([]),
    fourEyesForLimitsAbove: said(
      amount,
      'Changes of limits to more than this need two people. Missing: one suffices.',
    ).optional(),
    expireAfterDays: said(
      z.number().int().min(1).max(365),
      'A request that nobody answered is void after so many days.',
    ).default(30),
  })
  .describe('Who may decide what, up to which amount.');

export const calendarSchema = z
  .strictObject({
    workingDays: said(
      z.record(country, weekdays),
      'The days of the week on which people work, by country. The others work Monday to Friday.',
    ).default({}),
    publicHolidays: said(
      z.boolean(),
      'Whether the public holidays of the customer’s country are kept.',
    ).default(false),
    holidays: said(
      z.record(z.union([country, z.literal('*')]), z.array(day)),
      'More days on which nobody is written to, by country; * = everywhere.',
    ).default({}),
  })
  .describe('When people are at work where the customer is: reminders wait for it.');

const window = z.strictObject({
  from: time.default('09:00'),
  to: time.default('17:00'),
  weekdays: weekdays.default([1, 2, 3, 4, 5]),
});

export const remindersSchema = z
  .strictObject({
    automatic: z.boolean(),
    steps: said(
      z.array(z.number().int().min(-60).max(365)).min(1).max(12),
      'Days relative to the due day of the oldest chaseable item; negative = before it.',
    ),
    entry: said(
      z.enum(['standard', 'contextual']),
      'standard: the first message is the first step, however late. contextual: the step of the day.',
    ).default('standard'),
    minimumDaysBetween: z.number().int().min(1).max(90).default(4),
    channel: z.enum(['mail-or-platform', 'mail', 'platform', 'none']).default('mail-or-platform'),
    window: said(window, 'When messages leave, in the zone of the organisation.').prefault({}),
  })
  .describe('The ladder of reminders: which steps, when, by which way.');

export const gatesSchema = z
  .strictObject({
    maximumSyncAgeHours: said(
      z.number().min(1).max(720),
      'Nothing is done on figures that are older.',
    ).default(26),
    blastRadius: z
      .strictObject({ customers: z.number().int().min(1).default(20), percent: percent.default(5) })
      .prefault({})
      .describe('More effects of one kind in a night than max(customers, percent of all) wait for a person.'),
    unappliedCashAtLeastPercent: said(
      percent,
      'No new hold and no reminder while unapplied money is this share of what is overdue. 0 = never mind.',
    ).default(100),
  })
  .describe('What must hold before anything is done.');

export const ratesSchema = z
  .strictObject({
    maximumAgeDays: said(days, 'An older exchange rate means "cannot decide".').default(31),
    order: said(
      z.array(z.enum(['file', 'platform', 'booked'])).min(1),
      'Which source is asked first; one that is left out is not asked.',
    ).default(['file', 'platform', 'booked']),
  })
  .describe('Exchange rates.');

const weight = said(z.number().min(0).max(100), 'How much of it counts. 0 leaves it out.').default(0);
export const exposureSchema = z
  .strictObject({
    drafts: z.strictObject({ weightPercent: weight }).prefault({}).describe('Invoices not approved yet.'),
    orders: z
      .strictObject({
        weightPercent: weight,
        horizonDays: said(days, 'Only what is due within so many days.').default(60),
      })
      .prefault({})
      .describe('Accepted quotes and orders not invoiced yet.'),
  })
  .describe('What counts beside open invoices less unapplied credits.');

export const overdueSchema = z
  .strictObject({
    tolerance: said(amount, 'Overdue sums below this are left out of every overdue rule.').default(1),
    graceDays: said(z.number().int().min(0).max(365), 'Days past due that do not count yet.').default(0),
    creditsClearOverdue: said(
      z.boolean(),
      'Whether unapplied credits are taken off the oldest overdue items before the overdue rules look.',
    ).default(false),
  })
  .describe('What counts as overdue.');
