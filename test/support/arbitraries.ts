import fc from 'fast-check';
import type { FactsInput } from '../../src/facts/index.ts';
import { addDays } from '../../src/domain/index.ts';
import type { OpenCredit, OpenInvoice } from '../../src/mirror/index.ts';
import {
  AS_OF,
  factsInput,
  ledgerCustomer,
  limitTable,
  openCredit,
  openInvoice,
  rateTable,
} from './facts-builders.ts';

/** Rates of every foreign currency that arbitrary ledgers use, JPY without and KWD with three decimals. */
export const RATES = rateTable({ EUR: '0.8613', JPY: '0.00523', KWD: '2.551' });

export const someCurrency = fc.constantFrom('GBP', 'EUR', 'JPY', 'KWD');
export const someCustomerId = fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5');
/** From half a year overdue to two months to go, the borders of the ageing among them. */
export const daysToDue = fc.oneof(
  fc.integer({ min: -180, max: 60 }),
  fc.constantFrom(-91, -90, -61, -60, -31, -30, -15, -14, -1, 0, 1),
);
const amountMinor = fc.oneof(fc.integer({ min: 1, max: 500_000 }), fc.integer({ min: 1, max: 200 }));

const invoiceFields = fc.record({
  openMinor: amountMinor,
  customer: someCustomerId,
  due: daysToDue,
  currency: someCurrency,
});
const creditFields = fc.record({ openMinor: amountMinor, customer: someCustomerId, currency: someCurrency });

export const someInvoices: fc.Arbitrary<OpenInvoice[]> = fc
  .array(invoiceFields, { maxLength: 12 })
  .map((all) =>
    all.map(({ openMinor, customer, due, currency }, i) =>
      openInvoice(`INV-${i + 1}`, openMinor, { customer, currency, due: addDays(AS_OF, due) }),
    ),
  );

export const someCredits: fc.Arbitrary<OpenCredit[]> = fc
  .array(creditFields, { maxLength: 4 })
  .map((all) =>
    all.map(({ openMinor, customer, currency }, i) =>
      openCredit(`CN-${i + 1}`, openMinor, { customer, currency }),
    ),
  );

const someLimit = fc.oneof(
  fc.constant(null),
  fc.constantFrom(0, 1, 100_00),
  fc.integer({ min: 1, max: 600_000 }),
);

/** Five customers, c1 to c5, some of them sub-customers, with limits, a group and a ledger in four currencies. */
export const someLedger: fc.Arbitrary<FactsInput> = fc
  .record({
    invoices: someInvoices,
    credits: someCredits,
    limits: fc.tuple(someLimit, someLimit, someLimit, someLimit, someLimit),
    grouped: fc.boolean(),
    groupLimit: fc.integer({ min: 1, max: 600_000 }),
    hasChildren: fc.boolean(),
  })
  .map(({ invoices, credits, limits, grouped, groupLimit, hasChildren }) => {
    const entries = limits.map((limit, i) => [
      `c${i + 1}`,
      {
        limit: limit === null ? null : { kind: 'amount' as const, limitMinor: limit },
        group: grouped && i >= 3 ? 'Wood' : null,
      },
    ]);
    return factsInput({
      customers: [
        ledgerCustomer('c1'),
        ledgerCustomer('c2', hasChildren ? { parent: 'c1' } : {}),
        ledgerCustomer('c3', hasChildren ? { parent: 'c2' } : {}),
        ledgerCustomer('c4'),
        ledgerCustomer('c5'),
      ],
      invoices,
      credits,
      rates: RATES,
      limits: limitTable(
        Object.fromEntries(entries) as Parameters<typeof limitTable>[0],
        grouped ? { Wood: groupLimit } : {},
      ),
    });
  });
