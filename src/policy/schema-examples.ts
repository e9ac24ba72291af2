import { z } from 'zod';
import { FLAG_NAMES, amount, country, currency, day, days, name, said, standing } from './schema-words.ts';

const invoice = z.strictObject({
  number: name,
  amount: z.number().min(0.001).max(1e12),
  currency: currency.optional(),
  daysOverdue: said(
    z.number().int().min(-3650).max(36_500),
    'Days past due; negative while it is not due yet.',
  ),
  termsDays: days.default(30),
  disputed: z.boolean().default(false),
});

const customer = z.strictObject({
  name: name.default('Example customer'),
  accountNumber: name.optional(),
  currency: currency.optional(),
  country: country.optional(),
  tags: z.array(name).default([]),
  limit: said(z.union([amount, z.literal('unlimited')]), 'Missing: nobody assessed it.').optional(),
  group: z.strictObject({ name, limit: amount, othersOwe: amount.default(0) }).optional(),
});

export const exampleSchema = z
  .strictObject({
    name: said(z.string().trim().min(1).max(200), 'What is shown, as a sentence.'),
    asOf: said(day, 'The day that it is; matters to overrides only.').default('2026-03-11'),
    baseCurrency: currency.default('GBP'),
    customer: customer.prefault({}),
    invoices: z.array(invoice).max(1_000).default([]),
    credits: said(amount, 'Unapplied credits, together.').default(0),
    drafts: said(amount, 'Draft invoices, together.').default(0),
    orders: said(amount, 'Accepted orders not invoiced yet and due tomorrow, together.').default(0),
    rates: said(
      z.record(currency, z.number().gt(0)),
      'Base currency for one unit of each foreign currency.',
    ).default({}),
    prior: said(standing, 'The standing before.').default('clear'),
    expect: z.strictObject({
      standing,
      flags: said(
        z.array(z.enum(FLAG_NAMES)),
        'The flags in any order. Missing: they are not looked at.',
      ).optional(),
    }),
  })
  .describe(
    'An example customer and what the policy must make of it. Amounts in its currency, by default the base.',
  );
