import { z } from 'zod';
import { tryDay } from '../domain/index.ts';

/** Standings from mildest to most severe; the most severe that any reason gives wins. */
export const STANDINGS = ['clear', 'watch', 'approve-first', 'prepay', 'hold', 'stop'] as const;
export type Standing = (typeof STANDINGS)[number];

/** The rules that a policy may have, by the name that it calls them. */
export const RULE_NAMES = ['near-limit', 'over-limit', 'overdue', 'cash-only', 'unassessed'] as const;

/** What an example of `tests:` may expect to be flagged: every rule, the group's limit, and "cannot decide". */
export const FLAG_NAMES = [
  'over-limit',
  'near-limit',
  'group-over-limit',
  'group-near-limit',
  'overdue',
  'cash-only',
  'unassessed',
  'cannot-decide',
] as const;

export const standing = z
  .enum(STANDINGS)
  .describe('clear < watch < approve-first < prepay < hold < stop; the most severe that any rule gives wins');
export const name = z.string().trim().min(1).max(100);
export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'a day such as 2026-12-31')
  .refine((text) => tryDay(text) !== null, 'a day of the calendar');
export const country = z.string().regex(/^[A-Z]{2}$/, 'two capital letters such as GB (ISO 3166-1)');
export const currency = z.string().regex(/^[A-Z]{3}$/, 'three capital letters such as GBP (ISO 4217)');
export const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:00');

/** More than this is not kept to the last digit. */
const LARGEST_AMOUNT = 1e12;
const IN_BASE = 'Decimal, in the base currency of each organisation.';

export const percent = z.number().min(0).max(10_000);
export const amount = z.number().min(0).max(LARGEST_AMOUNT).describe(IN_BASE);
/** A threshold of zero would speak of everybody, or of nobody: neither is what anybody means by one. */
export const thresholdPercent = z.number().gt(0).max(10_000);
export const thresholdAmount = z.number().gt(0).max(LARGEST_AMOUNT).describe(IN_BASE);
export const days = z.number().int().min(0).max(3650);
export const thresholdDays = z.number().int().min(1).max(3650);
export const weekdays = z
  .array(z.number().int().min(1).max(7))
  .min(1)
  .describe('ISO days of the week: 1 = Monday … 7 = Sunday.');

/** The same schema with a sentence of its own for editors. */
export const said = <T extends z.ZodType>(schema: T, sentence: string): T => schema.describe(sentence);
