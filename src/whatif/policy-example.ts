import { noCaseNotes, type CaseNotes, type Dispute, type LimitTable } from '../cases/index.ts';
import {
  addDays,
  customerId,
  documentId,
  parseDay,
  toMinor,
  type CustomerId,
  type Day,
} from '../domain/index.ts';
import type { FactsInput } from '../facts/index.ts';
import type { LedgerCustomer, OpenCredit, OpenInvoice } from '../mirror/index.ts';
import type { Policy, PolicyExample } from '../policy/index.ts';

/** The customer that an example is about. */
export const EXAMPLE_CUSTOMER: CustomerId = customerId('example');
/** Whoever else is in its group. */
const OTHERS: CustomerId = customerId('others');

/** A ledger in which an example's customer stands as it says, on its day. Amounts become minor units. */
export function exampleInput(policy: Policy, example: PolicyExample): FactsInput {
  const asOf = parseDay(example.asOf);
  const { baseCurrency, customer } = example;
  const currency = customer.currency ?? baseCurrency;
  const tomorrow = addDays(asOf, 1);
  const othersOwe = customer.group?.othersOwe ?? 0;
  return {
    asOf,
    baseCurrency,
    customers: [
      exampleCustomer(example, currency),
      ...(customer.group === undefined ? [] : [otherMember(baseCurrency)]),
    ],
    invoices: [
      ...example.invoices.map((invoice) => openInvoice(invoice, invoice.currency ?? currency, asOf)),
      ...sum('OTHERS', othersOwe, baseCurrency, OTHERS, tomorrow, asOf),
    ],
    credits: example.credits === 0 ? [] : [credit(example.credits, currency, asOf)],
    drafts: sum('DRAFT', example.drafts, currency, EXAMPLE_CUSTOMER, tomorrow, asOf),
    orders: sum('ORDER', example.orders, currency, EXAMPLE_CUSTOMER, tomorrow, asOf),
    exposure: policy.exposure,
    limits: limitTable(example),
    notes: notesOf(example, asOf),
    rates: new Map(
      Object.entries(example.rates).map(([foreign, rate]) => [
        foreign,
        { currency: foreign, rate: String(rate), date: asOf, source: 'file' },
      ]),
    ),
    incomplete: new Set(),
  };
}

function exampleCustomer({ customer }: PolicyExample, currency: string): LedgerCustomer {
  const { name, accountNumber = null, country = '' } = customer;
  return { ...otherMember(currency), id: EXAMPLE_CUSTOMER, name, accountNumber, country };
}

function otherMember(currency: string): LedgerCustomer {
  return {
    id: OTHERS,
    name: 'Others of its group',
    emails: [],
    accountNumber: null,
    status: 'active',
    mergedInto: null,
    parent: null,
    billWithParent: false,
    currency,
    country: '',
    holdMarker: null,
    platformBalanceMinor: null,
  };
}

function openInvoice(invoice: PolicyExample['invoices'][number], currency: string, asOf: Day): OpenInvoice {
  const dueDate = addDays(asOf, -invoice.daysOverdue);
  return {
    id: documentId(`invoice ${invoice.number}`),
    customerId: EXAMPLE_CUSTOMER,
    number: invoice.number,
    issueDate: addDays(dueDate, -invoice.termsDays),
    dueDate,
    currency,
    openMinor: toMinor(invoice.amount, currency),
  };
}

/** One document for what an example gives as a sum; none for nothing. */
function sum(
  number: string,
  amount: number,
  currency: string,
  customer: CustomerId,
  dueDate: Day,
  issueDate: Day,
): OpenInvoice[] {
  if (amount === 0) return [];
  const openMinor = toMinor(amount, currency);
  return [{ id: documentId(number), customerId: customer, number, issueDate, dueDate, currency, openMinor }];
}

function credit(amount: number, currency: string, date: Day): OpenCredit {
  const openMinor = toMinor(amount, currency);
  return {
    id: documentId('CREDIT'),
    kind: 'credit-note',
    customerId: EXAMPLE_CUSTOMER,
    number: 'CREDIT',
    date,
    currency,
    openMinor,
  };
}

function limitTable({ customer, baseCurrency }: PolicyExample): LimitTable {
  const { limit, group } = customer;
  const amount = (value: number) => ({ kind: 'amount' as const, limitMinor: toMinor(value, baseCurrency) });
  const own =
    limit === undefined ? null : limit === 'unlimited' ? { kind: 'unlimited' as const } : amount(limit);
  if (own === null && group === undefined) return { entries: [], groups: [] };
  const entry = { customerId: EXAMPLE_CUSTOMER, limit: own, group: group?.name ?? null };
  if (group === undefined) return { entries: [entry], groups: [] };
  return {
    entries: [entry, { customerId: OTHERS, limit: null, group: group.name }],
    groups: [{ name: group.name, limitMinor: toMinor(group.limit, baseCurrency) }],
  };
}

function notesOf({ customer, invoices }: PolicyExample, asOf: Day): CaseNotes {
  const disputes = invoices
    .filter((invoice) => invoice.disputed)
    .map(({ number }, index): Dispute => ({
      id: index + 1,
      customerId: EXAMPLE_CUSTOMER,
      invoiceId: documentId(`invoice ${number}`),
      invoiceNumber: number,
      amountMinor: null,
      reason: 'disputed in the example',
      owner: 'somebody',
      openedOn: asOf,
      reviewBy: addDays(asOf, 30),
      approvedBy: null,
    }));
  return { ...noCaseNotes, tags: new Map([[EXAMPLE_CUSTOMER, customer.tags]]), disputes };
}
