import fc from 'fast-check';
import { noCaseNotes, type CaseFile } from '../../src/cases/index.ts';
import { addDays, customerId, documentId, type CustomerId, type Day } from '../../src/domain/index.ts';
import type {
  InvoiceHistory,
  KnownRate,
  LedgerCustomer,
  OpenCredit,
  OpenInvoice,
  RecordHistory,
  Settlement,
  Since,
} from '../../src/mirror/index.ts';
import type { BacktestLedger } from '../../src/whatif/index.ts';
import { ledgerCustomer, limitTable } from './facts-builders.ts';
import { day } from './mirror-records.ts';

/** The first day of small backtests: Wednesday 2026-01-07. */
export const BEGIN = day('2026-01-07');
const LONG_AGO = day('1900-01-01');

/** An invoice from its issue to what settled it. Days are counted from BEGIN. */
export interface PlannedInvoice {
  number: string;
  customer?: string;
  issued: number;
  due: number;
  totalMinor: number;
  currency?: string;
  paid?: { on: number; amountMinor: number; by?: Settlement['by'] }[];
}

/** The history of an invoice that is not overpaid. */
export function plannedInvoice(plan: PlannedInvoice): InvoiceHistory {
  const { number, customer = 'c1', currency = 'GBP', totalMinor } = plan;
  const id = documentId(`id-${number}`);
  const owner = customerId(customer);
  const [issueDate, dueDate] = [addDays(BEGIN, plan.issued), addDays(BEGIN, plan.due)];
  const settled = (plan.paid ?? [])
    .map(({ on, amountMinor, by = 'money' }) => ({ on: addDays(BEGIN, on), amountMinor, by }))
    .sort((a, b) => (a.on < b.on ? -1 : 1));
  let openMinor = totalMinor;
  const at = (from: Day): InvoiceHistory['past'][number] => ({
    from,
    value:
      openMinor === 0 ? null : { id, customerId: owner, number, issueDate, dueDate, currency, openMinor },
  });
  const past = [at(issueDate)];
  for (const { on, amountMinor } of settled) {
    openMinor -= amountMinor;
    if (past.at(-1)?.from === on) past.pop();
    past.push(at(on));
  }
  const status = openMinor === 0 ? 'paid' : 'open';
  return { id, customerId: owner, status, issueDate, dueDate, currency, totalMinor, settled, past };
}

/** A ledger of these customers and invoices, known in full until 300 days after BEGIN. */
export function smallLedger(
  fields: Partial<Omit<BacktestLedger, 'customers' | 'cases' | 'rates'>> & {
    customers?: LedgerCustomer[];
    caseFile?: Partial<CaseFile>;
    rates?: KnownRate[];
  } = {},
): BacktestLedger {
  const { customers = [ledgerCustomer('c1')], caseFile = {}, rates = [], ...rest } = fields;
  const file: CaseFile = { ...noCaseNotes, limits: limitTable({}), ...caseFile };
  return {
    baseCurrency: 'GBP',
    customers: customers.map((value) => ({ past: [{ from: LONG_AGO, value }] })),
    invoices: [],
    credits: [],
    drafts: [],
    orders: [],
    rates: { rebuilt: rates, exact: new Map() },
    cases: [{ from: LONG_AGO, value: file }],
    incomplete: [],
    excluded: new Set(),
    exactFrom: addDays(BEGIN, 300),
    knownUntil: addDays(BEGIN, 300),
    ...rest,
  };
}

type Value<A> = A extends fc.Arbitrary<infer T> ? T : never;

const SPAN = 75;
const someCustomer = fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5');
const someAmount = fc.oneof(
  fc.integer({ min: 1, max: 400_000 }),
  fc.constantFrom(100, 250_00, 1000_00, 800_00),
);
const someCurrency = fc.constantFrom('GBP', 'GBP', 'GBP', 'EUR', 'USD');

const someInvoice = fc.record({
  customer: someCustomer,
  issued: fc.integer({ min: -60, max: SPAN }),
  terms: fc.constantFrom(0, 7, 14, 30),
  totalMinor: someAmount,
  currency: someCurrency,
  paid: fc.array(fc.record({ after: fc.integer({ min: 0, max: 70 }), share: fc.constantFrom(0.3, 0.5, 1) }), {
    maxLength: 3,
  }),
});

const someCredit = fc.record({
  customer: someCustomer,
  dated: fc.integer({ min: -30, max: SPAN }),
  totalMinor: someAmount,
  currency: someCurrency,
  usedAfter: fc.option(fc.integer({ min: 0, max: 40 })),
});

const someOrder = fc.record({
  customer: someCustomer,
  dated: fc.integer({ min: -30, max: SPAN }),
  delivered: fc.integer({ min: 0, max: 60 }),
  totalMinor: someAmount,
  lasts: fc.integer({ min: 1, max: 60 }),
});

const someLimit = fc.oneof(
  fc.constant(null),
  fc.constant({ kind: 'unlimited' as const }),
  fc.constantFrom(0, 1000_00).map((limitMinor) => ({ kind: 'amount' as const, limitMinor })),
  fc.integer({ min: 1, max: 600_000 }).map((limitMinor) => ({ kind: 'amount' as const, limitMinor })),
);

const someCaseFile = fc
  .record({
    limits: fc.tuple(someLimit, someLimit, someLimit, someLimit, someLimit),
    grouped: fc.boolean(),
    groupLimit: fc.integer({ min: 1, max: 900_000 }),
    temporary: fc.option(fc.record({ from: fc.integer({ min: 0, max: 60 }), amountMinor: someAmount })),
    manual: fc.option(
      fc.record({ from: fc.integer({ min: 0, max: 60 }), days: fc.integer({ min: 0, max: 20 }) }),
    ),
  })
  .map(({ limits, grouped, groupLimit, temporary, manual }): CaseFile => {
    const entries = limits.map((limit, i) => [
      `c${i + 1}`,
      { limit, group: grouped && i >= 3 ? 'Wood' : null },
    ]);
    return {
      ...noCaseNotes,
      limits: limitTable(
        Object.fromEntries(entries) as Parameters<typeof limitTable>[0],
        grouped ? { Wood: groupLimit } : {},
      ),
      limitTerms: temporary === null ? new Map() : new Map([[customerId('c2'), temporaryTerms(temporary)]]),
      manualStandings:
        manual === null
          ? []
          : [
              {
                customerId: customerId('c1'),
                ...{ standing: 'hold', cause: 'person', reason: 'asked for', by: 'ann' },
                from: addDays(BEGIN, manual.from),
                until: addDays(BEGIN, manual.from + manual.days),
              },
            ],
    };
  });

const temporaryTerms = ({ from, amountMinor }: { from: number; amountMinor: number }) => ({
  temporary: [{ amountMinor, from: addDays(BEGIN, from), to: addDays(BEGIN, from + 12), reason: 'season' }],
  insured: null,
  reviewOn: null,
});

const someRates = fc.array(
  fc.record({
    currency: fc.constantFrom('EUR', 'USD'),
    on: fc.integer({ min: -70, max: SPAN }),
    rate: fc.constantFrom('0.8512', '0.8731', '0.79', '1.02'),
    source: fc.constantFrom<KnownRate['source']>('file', 'platform', 'booked'),
  }),
  { minLength: 4, maxLength: 14 },
);

/** So that there is a history, whatever the dice say. */
const LONG_PAID = plannedInvoice({
  ...{ number: 'INV-0', issued: -70, due: -40, totalMinor: 100 },
  paid: [{ on: -60, amountMinor: 100 }],
});

/** Five customers through 75 days and what went before: late payers, families, groups, currencies, gaps in rates. */
export const someBacktestLedger: fc.Arbitrary<BacktestLedger> = fc
  .record({
    invoices: fc.array(someInvoice, { maxLength: 16 }),
    credits: fc.array(someCredit, { maxLength: 4 }),
    orders: fc.array(someOrder, { maxLength: 3 }),
    files: fc.array(fc.tuple(fc.integer({ min: 1, max: SPAN }), someCaseFile), {
      minLength: 1,
      maxLength: 2,
    }),
    rates: someRates,
    hasChildren: fc.boolean(),
    billed: fc.boolean(),
    mergedOn: fc.option(fc.integer({ min: 1, max: SPAN })),
    uncertainFrom: fc.option(fc.integer({ min: 1, max: SPAN })),
  })
  .map(({ invoices, credits, orders, files, rates, hasChildren, billed, mergedOn, uncertainFrom }) => ({
    ...smallLedger({
      invoices: [LONG_PAID, ...invoices.map(invoiceOf)],
      credits: credits.map(creditOf),
      orders: orders.map(orderOf),
      drafts: orders.map(draftOf),
      rates: distinct(rates).map(({ on, ...rate }) => ({ ...rate, date: addDays(BEGIN, on) })),
    }),
    customers: customersOf(hasChildren, billed, mergedOn),
    cases: files
      .map(([from, value], i) => ({ from: i === 0 ? LONG_AGO : addDays(BEGIN, from), value }))
      .sort((a, b) => (a.from < b.from ? -1 : 1)),
    incomplete:
      uncertainFrom === null
        ? []
        : [
            { from: LONG_AGO, value: new Set<CustomerId>() },
            { from: addDays(BEGIN, uncertainFrom), value: new Set([customerId('c3')]) },
          ],
  }));

/** One rate a day, currency and source: two would be told apart by their order alone. */
const distinct = <T extends { currency: string; on: number; source: string }>(rates: T[]): T[] => [
  ...new Map(rates.map((rate) => [`${rate.currency} ${rate.on} ${rate.source}`, rate])).values(),
];

function invoiceOf(
  { customer, issued, terms, totalMinor, currency, paid }: Value<typeof someInvoice>,
  i: number,
): InvoiceHistory {
  let left = totalMinor;
  const settled = paid.flatMap(({ after, share }) => {
    const amountMinor = Math.min(left, Math.ceil(totalMinor * share));
    left -= amountMinor;
    return amountMinor > 0 ? [{ on: issued + after, amountMinor }] : [];
  });
  const number = `INV-${i + 1}`;
  return plannedInvoice({
    number,
    customer,
    issued,
    due: issued + terms,
    totalMinor,
    currency,
    paid: settled,
  });
}

function creditOf(
  { customer, dated, totalMinor, currency, usedAfter }: Value<typeof someCredit>,
  i: number,
): RecordHistory<OpenCredit> {
  const from = addDays(BEGIN, dated);
  const value: OpenCredit = {
    ...{ id: documentId(`cn-${i}`), kind: 'credit-note', number: `CN-${i}`, date: from },
    ...{ customerId: customerId(customer), currency, openMinor: totalMinor },
  };
  const used = usedAfter === null ? [] : [{ from: addDays(from, usedAfter), value: null }];
  return { past: usedAfter === 0 ? [] : [{ from, value }, ...used] };
}

function orderOf(
  { customer, dated, delivered, totalMinor, lasts }: Value<typeof someOrder>,
  i: number,
): RecordHistory<OpenInvoice> {
  const from = addDays(BEGIN, dated);
  const value: OpenInvoice = {
    ...{ id: documentId(`o-${i}`), number: `SO-${i}`, customerId: customerId(customer), currency: 'GBP' },
    ...{ issueDate: from, dueDate: addDays(from, delivered), openMinor: totalMinor },
  };
  return {
    past: [
      { from, value },
      { from: addDays(from, lasts), value: null },
    ],
  };
}

/** Drafts last for a while as orders do, and are of somebody else. */
function draftOf(order: Value<typeof someOrder>, i: number): RecordHistory<OpenInvoice> {
  return orderOf({ ...order, customer: 'c4', dated: order.dated + 7 }, i + 100);
}

function customersOf(
  hasChildren: boolean,
  billed: boolean,
  mergedOn: number | null,
): RecordHistory<LedgerCustomer>[] {
  const child = hasChildren ? { billWithParent: billed, parent: 'c1' } : {};
  const all = [
    ledgerCustomer('c1'),
    ledgerCustomer('c2', child),
    ledgerCustomer('c3', hasChildren ? { parent: 'c2' } : {}),
    ledgerCustomer('c4'),
    ledgerCustomer('c5'),
  ];
  return all.map((value) => {
    const past: Since<LedgerCustomer>[] = [{ from: LONG_AGO, value }];
    if (mergedOn !== null && value.id === customerId('c5'))
      past.push({
        from: addDays(BEGIN, mergedOn),
        value: ledgerCustomer('c5', { status: 'merged', mergedInto: 'c4' }),
      });
    return { past };
  });
}
