import { Decimal } from 'decimal.js';
import { companyId, customerId, documentId, toMinor } from '../../src/domain/index.ts';
import type { Allocation, Credit, CreditKind, Customer, Day, Invoice } from '../../src/domain/index.ts';
import type { OpenOrder, Organisation, Payment } from '../../src/domain/index.ts';
import type { z } from 'zod';
import { countryCode } from '../kit/country.ts';
import {
  checked,
  dayOf,
  dueOnOrAfter,
  RowFault,
  Shared,
  splitEmails,
  textAt,
  utcDay,
  type RowIdentity,
} from '../kit/rows.ts';
import type { XeroConfig } from './config.ts';
import { timeZoneOf } from './time-zones.ts';
import { OTHER_TYPES, SALES_TYPES, wireContact, wireCreditNote, wireInvoice, wireQuote } from './wire.ts';
import { wireOrganisation, wireOverpayment, wirePayment, wirePrepayment } from './wire.ts';

/** What a row's meaning depends on besides itself. */
export interface MapContext {
  baseCurrency: string;
  currencyRate: XeroConfig['currencyRate'];
}

/** A contact as a customer. Throws RowFault (as all maps here) for what cannot be understood. */
export function mapContact(row: unknown, { baseCurrency }: MapContext): Customer {
  const wire = checked(wireContact, row);
  const currency = wire.DefaultCurrency || baseCurrency;
  const balance = wire.Balances?.AccountsReceivable?.Outstanding;
  const merged = wire.MergedToContactID || null;
  return {
    remoteId: customerId(wire.ContactID),
    name: wire.Name,
    emails: emailsOf(wire),
    accountNumber: wire.AccountNumber || null,
    status: merged !== null ? 'merged' : wire.ContactStatus === 'ACTIVE' ? 'active' : 'archived',
    mergedInto: merged === null ? null : customerId(merged),
    parent: null,
    billWithParent: false,
    currency,
    // Xero gives raw sums over all currencies: a figure in one currency only for those who trade in one.
    platformBalanceMinor: balance === null || balance === undefined ? null : toMinor(balance, currency),
    country: firstCountry(wire.Addresses ?? []),
    holdMarker: null,
    updatedAtMs: msOf(wire.UpdatedDateUTC, 'UpdatedDateUTC'),
  };
}

/** A sales invoice; null for bills and other documents of the same list. */
export function mapInvoice(row: unknown, context: MapContext): Invoice | null {
  if (!isSale('Invoices', textAt(row, 'Type'))) return null;
  const wire = checked(wireInvoice, row);
  const issueDate = dateOf(wire.Date, wire.DateString, 'Date');
  const dueMinor = toMinor(wire.AmountDue, wire.CurrencyCode);
  const status = invoiceStatus(wire.Status, dueMinor);
  if (dueMinor < 0) throw new RowFault(`AmountDue: found ${wire.AmountDue}; expected nothing below 0`);
  return {
    remoteId: documentId(wire.InvoiceID),
    customerId: customerId(wire.Contact.ContactID),
    number: wire.InvoiceNumber ?? '',
    status,
    issueDate,
    dueDate: dueDateOf(wire, status, issueDate),
    currency: wire.CurrencyCode,
    totalMinor: toMinor(wire.Total, wire.CurrencyCode),
    openMinor: status === 'open' ? dueMinor : 0,
    rate: rateOf(wire.CurrencyCode, wire.CurrencyRate, context),
    updatedAtMs: msOf(wire.UpdatedDateUTC, 'UpdatedDateUTC'),
  };
}

/** Xero wants a due date from approval on; of what never counts (drafts, voided ones) it may be missing or anything. */
function dueDateOf(
  { DueDate, DueDateString }: z.output<typeof wireInvoice>,
  status: Invoice['status'],
  issueDate: Day,
): Day {
  const counts = status === 'open' || status === 'paid';
  if (!counts && !DueDate && !DueDateString) return issueDate;
  const due = dateOf(DueDate, DueDateString, 'DueDate');
  return counts ? dueOnOrAfter(due, issueDate) : due;
}

export function mapCreditNote(row: unknown, context: MapContext): Credit | null {
  if (!isSale('CreditNotes', textAt(row, 'Type'))) return null;
  const wire = checked(wireCreditNote, row);
  return creditOf(wire, wire.CreditNoteID, wire.CreditNoteNumber ?? '', 'credit-note', context);
}

export function mapOverpayment(row: unknown, context: MapContext): Credit | null {
  if (!isSale('Overpayments', textAt(row, 'Type'))) return null;
  const wire = checked(wireOverpayment, row);
  return creditOf(wire, wire.OverpaymentID, wire.Reference ?? '', 'overpayment', context);
}

export function mapPrepayment(row: unknown, context: MapContext): Credit | null {
  if (!isSale('Prepayments', textAt(row, 'Type'))) return null;
  const wire = checked(wirePrepayment, row);
  return creditOf(wire, wire.PrepaymentID, wire.Reference ?? '', 'prepayment', context);
}

/** Money received against a sales invoice; null for bills' payments and for refunds of credits. */
export function mapPayment(row: unknown, context: MapContext): Payment | null {
  if (!isSale('Payments', textAt(row, 'PaymentType'))) return null;
  const wire = checked(wirePayment, row);
  const currency = wire.Invoice.CurrencyCode ?? onlyBase(wire.CurrencyRate, context);
  const date = dateOf(wire.Date, wire.DateString, 'Date');
  const amountMinor = toMinor(wire.Amount, currency);
  const contact = wire.Invoice.Contact?.ContactID;
  const deleted = wire.Status === 'DELETED';
  return {
    remoteId: documentId(wire.PaymentID),
    customerId: contact ? customerId(contact) : null,
    status: deleted ? 'deleted' : 'active',
    date,
    currency,
    amountMinor,
    rate: rateOf(currency, wire.CurrencyRate, context),
    allocations: deleted ? [] : [{ invoiceId: documentId(wire.Invoice.InvoiceID), amountMinor, date }],
    updatedAtMs: msOf(wire.UpdatedDateUTC, 'UpdatedDateUTC'),
  };
}

/** An accepted quote; null for any other. Xero knows no day of delivery: the day until which it could be accepted. */
export function mapQuote(row: unknown): OpenOrder | null {
  const wire = checked(wireQuote, row);
  if (wire.Status !== 'ACCEPTED') return null;
  const date = dateOf(wire.Date, wire.DateString, 'Date');
  const hasExpiry = Boolean(wire.ExpiryDate ?? wire.ExpiryDateString);
  return {
    remoteId: documentId(wire.QuoteID),
    customerId: customerId(wire.Contact.ContactID),
    number: wire.QuoteNumber ?? '',
    date,
    dueDate: hasExpiry ? dateOf(wire.ExpiryDate, wire.ExpiryDateString, 'ExpiryDate') : date,
    currency: wire.CurrencyCode,
    totalMinor: toMinor(wire.Total, wire.CurrencyCode),
    invoiceIds: [],
  };
}

/** The organisation. `multiCurrency` and `ownReminders` come from calls of their own. */
export function mapOrganisation(
  row: unknown,
  id: string,
  extras: Pick<Organisation, 'multiCurrency' | 'ownReminders'>,
): Organisation {
  const wire = checked(wireOrganisation, row);
  const timeZone = timeZoneOf(wire.Timezone ?? '');
  if (timeZone === null)
    throw new RowFault(`Timezone: found ${JSON.stringify(wire.Timezone)}; not in Xero's list`);
  return {
    companyId: companyId(id === '' ? (wire.OrganisationID ?? '') : id),
    name: wire.Name,
    baseCurrency: wire.BaseCurrency,
    timeZone,
    country: countryCode(wire.CountryCode),
    isDemo: wire.IsDemoCompany === true || wire.Class === 'DEMO',
    ...extras,
  };
}

/** What can still be said of a row that failed. */
export function identifyRow(idField: string): (row: unknown) => RowIdentity {
  return (row) => {
    const contact =
      idField === 'ContactID'
        ? textAt(row, 'ContactID')
        : textAt(row, 'Contact', 'ContactID') || textAt(row, 'Invoice', 'Contact', 'ContactID');
    return { remoteId: textAt(row, idField), customerId: contact === '' ? null : customerId(contact) };
  };
}

const MS_DATE = /^\/Date\(-?\d{1,16}(?:[+-]\d{4})?\)\/$/;

/** Epoch ms of '/Date(ms+0000)/'; the offset is for display and changes nothing. Throws RowFault. */
export function msOf(text: string | null | undefined, field: string): number {
  if (typeof text === 'string' && MS_DATE.test(text)) return Number.parseInt(text.slice('/Date('.length), 10);
  throw new RowFault(`${field}: found ${JSON.stringify(text)}; expected '/Date(ms+0000)/'`);
}

function isSale(list: string, type: string): boolean {
  if (SALES_TYPES[list]?.includes(type) === true) return true;
  if (OTHER_TYPES[list]?.includes(type) === true) return false;
  throw new RowFault(`Type: found ${JSON.stringify(type)}; not a type of ${list}`);
}

type WireCredit = z.output<typeof wireCreditNote> | z.output<typeof wireOverpayment>;

function creditOf(
  wire: Omit<WireCredit, 'CreditNoteID' | 'OverpaymentID'>,
  id: string,
  number: string,
  kind: CreditKind,
  context: MapContext,
): Credit {
  const date = dateOf(wire.Date, wire.DateString, 'Date');
  const restMinor = toMinor(wire.RemainingCredit, wire.CurrencyCode);
  const status = creditStatus(wire.Status, restMinor);
  return {
    remoteId: documentId(id),
    kind,
    customerId: customerId(wire.Contact.ContactID),
    number,
    status,
    date,
    currency: wire.CurrencyCode,
    totalMinor: toMinor(wire.Total, wire.CurrencyCode),
    openMinor: status === 'open' ? restMinor : 0,
    rate: rateOf(wire.CurrencyCode, wire.CurrencyRate, context),
    allocations: allocationsOf(wire.Allocations ?? [], wire.CurrencyCode, date),
    updatedAtMs: msOf(wire.UpdatedDateUTC, 'UpdatedDateUTC'),
  };
}

function allocationsOf(
  allocations: NonNullable<WireCredit['Allocations']>,
  currency: string,
  otherwise: Day,
): Allocation[] {
  return allocations
    .filter((one) => one.IsDeleted !== true)
    .map((one) => {
      const amount = one.Amount ?? one.AppliedAmount;
      if (amount === null || amount === undefined) throw new RowFault('Allocations: an amount is missing');
      const date =
        one.Date || one.DateString ? dateOf(one.Date, one.DateString, 'Allocations.Date') : otherwise;
      return { invoiceId: documentId(one.Invoice.InvoiceID), amountMinor: toMinor(amount, currency), date };
    });
}

type WireStatus = z.output<typeof wireInvoice>['Status'];

function invoiceStatus(status: WireStatus, dueMinor: number): Invoice['status'] {
  if (status === 'AUTHORISED') return dueMinor === 0 ? 'paid' : 'open';
  return status === 'PAID' ? 'paid' : closedStatus(status);
}

function creditStatus(status: WireStatus, restMinor: number): Credit['status'] {
  if (status === 'AUTHORISED') return restMinor > 0 ? 'open' : 'applied';
  return status === 'PAID' ? 'applied' : closedStatus(status);
}

function closedStatus(status: 'DRAFT' | 'SUBMITTED' | 'DELETED' | 'VOIDED'): 'draft' | 'deleted' | 'voided' {
  if (status === 'DELETED') return 'deleted';
  return status === 'VOIDED' ? 'voided' : 'draft';
}

const daysByText = new Shared<string, Day>();

/** A calendar day: the UTC day of Xero's instant, or the first ten characters of its ISO sibling. */
function dateOf(ms: string | null | undefined, iso: string | null | undefined, field: string): Day {
  if (ms) return daysByText.get(ms, () => utcDay(msOf(ms, field), field));
  if (iso) return dayOf(iso.slice(0, 10), field);
  throw new RowFault(`${field}: found nothing; expected a date`);
}

const inverses = new Shared<number, string>();

/** Base currency for one unit, decimal string; null when Xero gives no rate that can be used. */
function rateOf(currency: string, rate: number | null | undefined, context: MapContext): string | null {
  if (currency === context.baseCurrency) return '1';
  if (rate === null || rate === undefined || !(rate > 0) || !Number.isFinite(rate)) return null;
  if (context.currencyRate === 'base-per-foreign') return new Decimal(rate).toFixed();
  return inverses.get(rate, () => new Decimal(1).div(rate).toSignificantDigits(15).toFixed());
}

/** A payment without currency is in base currency only when its rate does not say otherwise. */
function onlyBase(rate: number | null | undefined, { baseCurrency }: MapContext): string {
  if (rate === null || rate === undefined || rate === 1) return baseCurrency;
  throw new RowFault('Invoice.CurrencyCode: found nothing; expected the currency of a foreign payment');
}

/** The primary address, then those of the persons whom Xero copies in on invoices. */
function emailsOf(wire: z.output<typeof wireContact>): string[] {
  const copied = (wire.ContactPersons ?? []).filter((person) => person.IncludeInEmails === true);
  return [wire.EmailAddress, ...copied.map((person) => person.EmailAddress)].flatMap(splitEmails);
}

function firstCountry(addresses: readonly { Country?: string | null | undefined }[]): string {
  for (const address of addresses) {
    const code = countryCode(address.Country);
    if (code !== '') return code;
  }
  return '';
}
