import { Decimal } from 'decimal.js';
import { companyId, customerId, documentId, toMinor } from '../../src/domain/index.ts';
import type { Allocation, Credit, Customer, Day, ExchangeRate, Invoice } from '../../src/domain/index.ts';
import type { OpenOrder, Organisation, Payment } from '../../src/domain/index.ts';
import { countryCode } from '../kit/country.ts';
import { checked, dayOf, dueOnOrAfter, RowFault, Shared, splitEmails, textAt } from '../kit/rows.ts';
import type { RowIdentity } from '../kit/rows.ts';
import { findHoldLine } from './hold-line.ts';
import { companyZone } from './time-zone.ts';
import { wireCompanyInfo, wireCreditMemo, wireCustomer, wireExchangeRate, wireInvoice } from './wire.ts';
import { wireEstimate, wirePayment, type WirePayment } from './wire.ts';

/** What a row's meaning depends on besides itself. */
export interface MapContext {
  homeCurrency: string;
}

/** A customer, sub-customers and jobs too. Throws RowFault (as all maps here) for what cannot be understood. */
export function mapCustomer(row: unknown, { homeCurrency }: MapContext): Customer {
  const wire = checked(wireCustomer, row);
  const currency = wire.CurrencyRef?.value ?? homeCurrency;
  const parent = wire.ParentRef?.value;
  return {
    remoteId: customerId(wire.Id),
    name: wire.DisplayName,
    emails: splitEmails(wire.PrimaryEmailAddr?.Address),
    accountNumber: null,
    status: wire.Active === false ? 'archived' : 'active',
    mergedInto: null,
    parent: parent === undefined ? null : customerId(parent),
    billWithParent: wire.BillWithParent === true,
    currency,
    platformBalanceMinor: typeof wire.Balance === 'number' ? toMinor(wire.Balance, currency) : null,
    country: countryCode(wire.BillAddr?.Country),
    holdMarker: findHoldLine(wire.Notes ?? ''),
    updatedAtMs: Date.parse(wire.MetaData.LastUpdatedTime),
  };
}

export function mapInvoice(row: unknown, context: MapContext): Invoice {
  const wire = checked(wireInvoice, row);
  const currency = wire.CurrencyRef?.value ?? context.homeCurrency;
  const issueDate = dayOf(wire.TxnDate, 'TxnDate');
  const openMinor = toMinor(wire.Balance, currency);
  if (openMinor < 0) throw new RowFault(`Balance: found ${wire.Balance}; expected nothing below 0`);
  const status = openMinor > 0 ? 'open' : isVoided(wire) ? 'voided' : 'paid';
  return {
    remoteId: documentId(wire.Id),
    customerId: customerId(wire.CustomerRef.value),
    number: wire.DocNumber ?? '',
    status,
    issueDate,
    dueDate: dueDateOf(wire.DueDate, status, issueDate),
    currency,
    totalMinor: toMinor(wire.TotalAmt, currency),
    openMinor,
    rate: rateOf(currency, wire.ExchangeRate, context),
    updatedAtMs: Date.parse(wire.MetaData.LastUpdatedTime),
  };
}

/** QuickBooks leaves the due date out of odd records, which then fall due on the day on which they were written. */
function dueDateOf(text: string | null | undefined, status: Invoice['status'], issueDate: Day): Day {
  if (!text) return issueDate;
  const due = dayOf(text, 'DueDate');
  return status === 'voided' ? due : dueOnOrAfter(due, issueDate);
}

/** A credit memo. `allocations`: what payments that link it to invoices say; see `settle`. */
export function mapCreditMemo(row: unknown, context: MapContext, allocations: Allocation[]): Credit {
  const wire = checked(wireCreditMemo, row);
  const currency = wire.CurrencyRef?.value ?? context.homeCurrency;
  const rest = wire.RemainingCredit ?? wire.Balance;
  if (rest === null || rest === undefined)
    throw new RowFault('RemainingCredit: found nothing; expected an amount');
  const openMinor = Math.max(0, toMinor(rest, currency));
  return {
    remoteId: documentId(wire.Id),
    kind: 'credit-note',
    customerId: customerId(wire.CustomerRef.value),
    number: wire.DocNumber ?? '',
    status: openMinor > 0 ? 'open' : isVoided(wire) ? 'voided' : 'applied',
    date: dayOf(wire.TxnDate, 'TxnDate'),
    currency,
    totalMinor: toMinor(wire.TotalAmt, currency),
    openMinor,
    rate: rateOf(currency, wire.ExchangeRate, context),
    allocations,
    updatedAtMs: Date.parse(wire.MetaData.LastUpdatedTime),
  };
}

/** An accepted estimate; null for any other. */
export function mapEstimate(row: unknown, { homeCurrency }: MapContext): OpenOrder | null {
  const wire = checked(wireEstimate, row);
  if (wire.TxnStatus !== 'Accepted') return null;
  const currency = wire.CurrencyRef?.value ?? homeCurrency;
  const date = dayOf(wire.TxnDate, 'TxnDate');
  const due = wire.ShipDate ?? wire.ExpirationDate;
  return {
    remoteId: documentId(wire.Id),
    customerId: customerId(wire.CustomerRef.value),
    number: wire.DocNumber ?? '',
    date,
    dueDate: due ? dayOf(due, wire.ShipDate ? 'ShipDate' : 'ExpirationDate') : date,
    currency,
    totalMinor: toMinor(wire.TotalAmt, currency),
    invoiceIds: (wire.LinkedTxn ?? [])
      .filter((one) => one.TxnType === 'Invoice')
      .map((one) => documentId(one.TxnId)),
  };
}

/** What one payment row means. */
export interface PaymentRecords {
  payment: Payment;
  /** Its unapplied part, also when that is nothing (any more), so that an older figure is replaced. */
  credit: Credit | null;
}

/**
 * A payment, and its unapplied part as a credit with the same id. A payment of nothing that only links credit memos
 * to invoices has no such part.
 */
export function mapPayment(row: unknown, context: MapContext): PaymentRecords {
  return readPayment(row, context).records;
}

/** As mapPayment, with what the payment says of the credit memos that it links, by memo id. */
export function readPayment(
  row: unknown,
  context: MapContext,
): { records: PaymentRecords; byMemo: Settlement['byMemo'] } {
  const wire = checked(wirePayment, row);
  const currency = wire.CurrencyRef?.value ?? context.homeCurrency;
  const settled = settle(wire, currency);
  const date = dayOf(wire.TxnDate, 'TxnDate');
  const amountMinor = toMinor(wire.TotalAmt, currency);
  const voided = isVoided(wire);
  const shared = {
    remoteId: documentId(wire.Id),
    date,
    currency,
    rate: rateOf(currency, wire.ExchangeRate, context),
    updatedAtMs: Date.parse(wire.MetaData.LastUpdatedTime),
  };
  const customer = customerId(wire.CustomerRef.value);
  const linksOnly = amountMinor === 0 && settled.byMemo.size > 0;
  const payment: Payment = {
    ...shared,
    customerId: customer,
    status: voided ? 'deleted' : 'active',
    amountMinor,
    allocations: voided ? [] : settled.cash,
  };
  const credit = linksOnly ? null : { ...shared, ...unapplied(wire, currency, voided), customerId: customer };
  return { records: { payment, credit }, byMemo: voided ? new Map<string, Allocation[]>() : settled.byMemo };
}

/** How a payment settles invoices: with its own money, and with the credit memos that it links. */
export interface Settlement {
  cash: Allocation[];
  byMemo: Map<string, Allocation[]>;
}

/**
 * Shares out a payment's lines. Lines name invoices and credit memos but not which pays which: memos are used up
 * first, in line order, and money pays the rest, so that each amount is counted once. Keyed by the line's TxnId: the
 * invoice may be a sub-customer's.
 */
export function settle(wire: WirePayment, currency: string): Settlement {
  const date = dayOf(wire.TxnDate, 'TxnDate');
  const { invoices, memos } = linesOf(wire, currency);
  const byMemo = new Map<string, Allocation[]>();
  for (const memo of memos) byMemo.set(memo.id, []);
  const cash: Allocation[] = [];
  for (const invoice of invoices) {
    const invoiceId = documentId(invoice.id);
    let restMinor = invoice.minor;
    for (const memo of memos) {
      const amountMinor = Math.min(restMinor, memo.minor);
      if (amountMinor <= 0) continue;
      memo.minor -= amountMinor;
      restMinor -= amountMinor;
      byMemo.get(memo.id)?.push({ invoiceId, amountMinor, date });
    }
    if (restMinor > 0) cash.push({ invoiceId, amountMinor: restMinor, date });
  }
  return { cash, byMemo };
}

interface LinkedLine {
  id: string;
  minor: number;
}

function linesOf(wire: WirePayment, currency: string): { invoices: LinkedLine[]; memos: LinkedLine[] } {
  const invoices: LinkedLine[] = [];
  const memos: LinkedLine[] = [];
  for (const line of wire.Line ?? []) {
    for (const { TxnId, TxnType } of line.LinkedTxn ?? []) {
      const linked = { id: TxnId, minor: toMinor(line.Amount ?? 0, currency) };
      if (TxnType === 'Invoice') invoices.push(linked);
      if (TxnType === 'CreditMemo') memos.push(linked);
    }
  }
  return { invoices, memos };
}

/** Ids of the payments that link a credit memo to invoices. */
export function linkedPayments(row: unknown): string[] {
  const links = wireCreditMemo.shape.LinkedTxn.safeParse(Reflect.get(Object(row), 'LinkedTxn')).data ?? [];
  return links.filter((link) => link.TxnType === 'Payment').map((link) => link.TxnId);
}

/** The company, from CompanyInfo; its currencies come from Preferences. */
export function mapOrganisation(
  info: unknown,
  { baseCurrency, multiCurrency }: Pick<Organisation, 'baseCurrency' | 'multiCurrency'>,
  realm: string,
): Organisation {
  const company = checked(wireCompanyInfo, info);
  const country = countryCode(company.Country) || countryCode(company.CompanyAddr?.Country);
  const state = company.CompanyAddr?.CountrySubDivisionCode ?? '';
  return {
    companyId: companyId(realm),
    name: company.CompanyName,
    baseCurrency,
    timeZone: companyZone(company.DefaultTimeZone ?? '', country, state),
    country,
    multiCurrency,
    isDemo: false,
    ownReminders: null,
  };
}

/** A rate of the company's own list; null for an answer that is none. */
export function mapExchangeRate(row: unknown, day: Day): ExchangeRate | null {
  const wire = wireExchangeRate.safeParse(row).data;
  if (wire === undefined) return null;
  const date = wire.AsOfDate ? dayOf(wire.AsOfDate, 'AsOfDate') : day;
  return { currency: wire.SourceCurrencyCode, date, rate: new Decimal(wire.Rate).toFixed() };
}

/** What can still be said of a row that failed. */
export function identifyRow(row: unknown): RowIdentity {
  const customer = textAt(row, 'CustomerRef', 'value');
  return { remoteId: textAt(row, 'Id'), customerId: customer === '' ? null : customerId(customer) };
}

/** As identifyRow, for customers: the row is its own customer. */
export function identifyCustomer(row: unknown): RowIdentity {
  const id = textAt(row, 'Id');
  return { remoteId: id, customerId: id === '' ? null : customerId(id) };
}

function unapplied(
  wire: WirePayment,
  currency: string,
  voided: boolean,
): Pick<Credit, 'kind' | 'number' | 'status' | 'totalMinor' | 'openMinor' | 'allocations'> {
  const openMinor = voided ? 0 : Math.max(0, toMinor(wire.UnappliedAmt ?? 0, currency));
  return {
    kind: 'unapplied-payment',
    number: wire.PaymentRefNum ?? '',
    status: voided ? 'voided' : openMinor > 0 ? 'open' : 'applied',
    totalMinor: openMinor,
    openMinor,
    allocations: [],
  };
}

/** QuickBooks voids by setting every amount to 0 and writing 'Voided' into the private note. */
function isVoided(wire: { TotalAmt: number; PrivateNote?: string | null | undefined }): boolean {
  return wire.TotalAmt === 0 && /\bvoided\b/i.test(wire.PrivateNote ?? '');
}

/** Home currency for one unit, as QuickBooks gives it; null when it gives none. */
function rateOf(
  currency: string,
  rate: number | null | undefined,
  { homeCurrency }: MapContext,
): string | null {
  if (currency === homeCurrency) return '1';
  if (rate === null || rate === undefined || !(rate > 0) || !Number.isFinite(rate)) return null;
  return rates.get(rate, () => new Decimal(rate).toFixed());
}

const rates = new Shared<number, string>();
