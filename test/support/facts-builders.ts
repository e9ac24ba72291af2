import { customerId, documentId, type CustomerId, type Day } from '../../src/domain/index.ts';
import { noCaseNotes, type CreditLimit, type LimitEntry, type LimitTable } from '../../src/cases/index.ts';
import { computeFacts, type CustomerFacts, type FactsInput } from '../../src/facts/index.ts';
import type { KnownRate, LedgerCustomer, OpenCredit, OpenInvoice } from '../../src/mirror/index.ts';
import { DEFAULT_POLICY_FILE, readPolicyFile, type Policy } from '../../src/policy/index.ts';
import { day } from './mirror-records.ts';

/** The day that these facts are of, unless a test says otherwise: Wednesday 2026-03-11. */
export const AS_OF = day('2026-03-11');

const shipped = readPolicyFile(DEFAULT_POLICY_FILE);

/** The default policy, changed here and there. */
export function policyWith(change: (policy: Policy) => void = () => undefined): Policy {
  const policy = structuredClone(shipped);
  change(policy);
  return policy;
}

export function ledgerCustomer(
  id: string,
  fields: Partial<Omit<LedgerCustomer, 'id' | 'parent' | 'mergedInto'>> & {
    parent?: string;
    mergedInto?: string;
  } = {},
): LedgerCustomer {
  const { parent, mergedInto, ...rest } = fields;
  return {
    id: customerId(id),
    name: `Customer ${id}`,
    emails: [`accounts@${id}.example`],
    accountNumber: null,
    status: 'active',
    mergedInto: mergedInto === undefined ? null : customerId(mergedInto),
    parent: parent === undefined ? null : customerId(parent),
    billWithParent: false,
    currency: 'GBP',
    country: 'GB',
    holdMarker: null,
    platformBalanceMinor: null,
    ...rest,
  };
}

/** An open invoice of customer c1: due in the future unless `due` says otherwise. */
export function openInvoice(
  number: string,
  openMinor: number,
  fields: { customer?: string; due?: string; currency?: string } = {},
): OpenInvoice {
  const dueDate = day(fields.due ?? '2026-03-31');
  return {
    id: documentId(`id-${number}`),
    customerId: customerId(fields.customer ?? 'c1'),
    number,
    issueDate: dueDate < AS_OF ? dueDate : AS_OF,
    dueDate,
    currency: fields.currency ?? 'GBP',
    openMinor,
  };
}

export function openCredit(
  number: string,
  openMinor: number,
  fields: { customer?: string; currency?: string } = {},
): OpenCredit {
  return {
    id: documentId(`id-${number}`),
    kind: 'credit-note',
    customerId: customerId(fields.customer ?? 'c1'),
    number,
    date: day('2026-03-01'),
    currency: fields.currency ?? 'GBP',
    openMinor,
  };
}

export const amountLimit = (limitMinor: number): CreditLimit => ({ kind: 'amount', limitMinor });

/** Limits by customer id: a number of minor units, or an entry spelled out. */
export function limitTable(
  limits: Record<string, number | Partial<Omit<LimitEntry, 'customerId'>>>,
  groups: Record<string, number> = {},
): LimitTable {
  return {
    entries: Object.entries(limits).map(([id, limit]) => ({
      customerId: customerId(id),
      limit: typeof limit === 'number' ? amountLimit(limit) : (limit.limit ?? null),
      group: typeof limit === 'number' ? null : (limit.group ?? null),
    })),
    groups: Object.entries(groups).map(([name, limitMinor]) => ({ name, limitMinor })),
  };
}

export function rateTable(rates: Record<string, string>, date: Day = AS_OF): Map<string, KnownRate> {
  return new Map(
    Object.entries(rates).map(([currency, rate]) => [currency, { currency, rate, date, source: 'file' }]),
  );
}

/** What facts are computed from: customer c1 without a limit and nothing open, unless said otherwise. */
export function factsInput(fields: Partial<FactsInput> = {}): FactsInput {
  return {
    asOf: AS_OF,
    baseCurrency: 'GBP',
    customers: [ledgerCustomer('c1')],
    invoices: [],
    credits: [],
    drafts: [],
    orders: [],
    exposure: shipped.exposure,
    limits: limitTable({}),
    notes: noCaseNotes,
    rates: new Map(),
    incomplete: new Set<CustomerId>(),
    ...fields,
  };
}

/** Facts of all customers of an input, by id. */
export function factsById(fields: Partial<FactsInput>): Map<string, CustomerFacts> {
  return new Map(computeFacts(factsInput(fields)).map((facts) => [facts.customer.id, facts]));
}

/** The facts of one customer, c1 unless said otherwise. */
export function factsOf(fields: Partial<FactsInput>, id = 'c1'): CustomerFacts {
  const found = factsById(fields).get(id);
  if (found === undefined) throw new Error(`the facts of ${id} are missing`);
  return found;
}
