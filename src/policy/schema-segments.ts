import { z } from 'zod';
import { changes } from './schema-rules.ts';
import { RULE_NAMES, amount, country, currency, day, days, name, said, standing } from './schema-words.ts';

const isGiven = (parts: object): boolean => Object.values(parts).some((part) => part !== undefined);

const when = z
  .strictObject({
    currency: said(z.array(currency).min(1), 'The currency of the customer on the platform.').optional(),
    country: said(z.array(country).min(1), 'The country of its address.').optional(),
    group: said(z.array(name).min(1), 'Limit groups by name.').optional(),
    tag: said(z.array(name).min(1), 'Tags that people gave it.').optional(),
    termsDays: z
      .strictObject({ atLeast: days.optional(), atMost: days.optional() })
      .describe('Payment terms in days: what most of its open invoices were granted.')
      .optional(),
    balance: z
      .strictObject({ atLeast: amount.optional(), below: amount.optional() })
      .describe('Size: the open-item balance with sub-customers, in base currency.')
      .optional(),
    nameMatches: said(
      z.string().min(1).max(200),
      'An RE2 regular expression that its name contains. Capitals do not matter.',
    ).optional(),
  })
  .refine(isGiven, 'give at least one condition')
  .describe('All that are given must hold; a list holds when any of its entries does.');

export const segmentSchema = z
  .strictObject({
    name: said(name, 'What rules call it.'),
    when,
    set: z
      .strictObject(changes)
      .prefault({})
      .describe('What differs for its members. Of two segments the first in the file counts, key by key.'),
  })
  .describe('Customers that are treated alike.');

export const overrideSchema = z
  .strictObject({
    customer: said(name, 'Id, account number or exact name, in quotes when it is made of digits.'),
    reason: said(z.string().trim().min(1).max(500), 'Why, for whoever asks.'),
    from: said(day, 'The first day on which it counts. Missing: it counts already.').optional(),
    until: said(day, 'The last day on which it counts.'),
    set: z
      .strictObject({
        ...changes,
        withoutRules: said(
          z.array(z.enum(RULE_NAMES)).min(1),
          'Rules that do not speak of this customer.',
        ).optional(),
        atMost: said(standing, 'No rule makes its standing more severe. A person still can.').optional(),
        atLeast: said(standing, 'No rule makes its standing milder. A person still can.').optional(),
      })
      .refine(isGiven, 'give at least one change'),
  })
  .describe('What differs for one customer until a day. It goes before what segments set.');
