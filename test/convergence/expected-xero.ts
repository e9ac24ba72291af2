import type { WorldState } from '../../emulator/core/state.ts';
import { addressesIn, allocationsText, minor, textIn } from './expected.ts';
import type { ExpectedRow, Fields } from './expected.ts';

interface Row {
  entity: string;
  id: string;
  updated_ms: number;
  json: string;
}

/** What the mirror of a Xero organisation should hold now. */
export function expectedOfXero(
  state: WorldState,
  tenant: string,
  rateMeans: 'foreign-per-base' | 'base-per-foreign',
): ExpectedRow[] {
  const rows = state.db
    .prepare('SELECT entity, id, updated_ms, json FROM row WHERE company = ? ORDER BY seq')
    .all(tenant) as Row[];
  return rows.flatMap((row) => {
    const fields = JSON.parse(row.json) as Fields;
    const made = rowOf(row, fields, rateMeans === 'foreign-per-base');
    return made === null ? [] : [{ ...made, gone: false, updatedMs: row.updated_ms }];
  });
}

type Made = Pick<ExpectedRow, 'table' | 'key' | 'columns'>;

function rowOf({ entity, id }: Row, fields: Fields, inverted: boolean): Made | null {
  switch (entity) {
    case 'Contacts':
      return { table: 'customer', key: id, columns: customer(fields) };
    case 'Invoices':
      if (fields['Type'] !== 'ACCREC') return null;
      return { table: 'invoice', key: id, columns: invoice(fields, inverted) };
    case 'CreditNotes':
      return credit('credit-note', id, textIn(fields, 'CreditNoteNumber'), fields, inverted);
    case 'Overpayments':
      return credit('overpayment', id, textIn(fields, 'Reference'), fields, inverted);
    case 'Prepayments':
      return credit('prepayment', id, textIn(fields, 'Reference'), fields, inverted);
    case 'Payments':
      if (fields['PaymentType'] !== 'ACCRECPAYMENT') return null;
      return { table: 'payment', key: id, columns: payment(fields, inverted) };
    default:
      return null;
  }
}

function customer(fields: Fields): ExpectedRow['columns'] {
  const persons = (fields['ContactPersons'] ?? []) as Fields[];
  const copied = persons.filter((person) => person['IncludeInEmails'] === true);
  const emails = [fields['EmailAddress'], ...copied.map((one) => one['EmailAddress'])].flatMap(addressesIn);
  const merged = textIn(fields, 'MergedToContactID');
  const archived = fields['ContactStatus'] !== 'ACTIVE';
  return {
    name: textIn(fields, 'Name'),
    emails: JSON.stringify(emails),
    account_number: textIn(fields, 'AccountNumber') || null,
    status: merged !== '' ? 'merged' : archived ? 'archived' : 'active',
    merged_into: merged || null,
    parent: null,
    bill_with_parent: 0,
    currency: textIn(fields, 'DefaultCurrency') || 'GBP',
    updated_at_ms: stamp(fields),
  };
}

function invoice(fields: Fields, inverted: boolean): ExpectedRow['columns'] {
  const currency = textIn(fields, 'CurrencyCode');
  const due = minor(fields['AmountDue'], currency);
  const status = statusOf(textIn(fields, 'Status'), due, ['open', 'paid']);
  return {
    customer_id: textIn(fields, 'Contact', 'ContactID'),
    number: textIn(fields, 'InvoiceNumber'),
    status,
    issue_date: textIn(fields, 'DateString').slice(0, 10),
    due_date: textIn(fields, 'DueDateString').slice(0, 10),
    currency,
    total_minor: minor(fields['Total'], currency),
    open_minor: status === 'open' ? due : 0,
    rate: rate(fields, currency, inverted),
    updated_at_ms: stamp(fields),
  };
}

function credit(kind: string, id: string, number: string, fields: Fields, inverted: boolean): Made {
  const currency = textIn(fields, 'CurrencyCode');
  const left = minor(fields['RemainingCredit'], currency);
  const status = statusOf(textIn(fields, 'Status'), left, ['open', 'applied']);
  const allocations = ((fields['Allocations'] ?? []) as Fields[]).map((one) => ({
    invoiceId: textIn(one, 'Invoice', 'InvoiceID'),
    amountMinor: minor(one['Amount'], currency),
    date: day(one['Date']),
  }));
  const columns = {
    customer_id: textIn(fields, 'Contact', 'ContactID'),
    number,
    status,
    date: textIn(fields, 'DateString').slice(0, 10),
    currency,
    total_minor: minor(fields['Total'], currency),
    open_minor: status === 'open' ? left : 0,
    rate: rate(fields, currency, inverted),
    allocations: allocationsText(allocations),
    updated_at_ms: stamp(fields),
  };
  return { table: 'credit', key: `${kind}/${id}`, columns };
}

function payment(fields: Fields, inverted: boolean): ExpectedRow['columns'] {
  const currency = textIn(fields, 'Invoice', 'CurrencyCode') || 'GBP';
  const gone = fields['Status'] === 'DELETED';
  const amountMinor = minor(fields['Amount'], currency);
  const date = day(fields['Date']);
  const invoiceId = textIn(fields, 'Invoice', 'InvoiceID');
  return {
    customer_id: textIn(fields, 'Invoice', 'Contact', 'ContactID') || null,
    status: gone ? 'deleted' : 'active',
    date,
    currency,
    amount_minor: amountMinor,
    rate: rate(fields, currency, inverted),
    allocations: allocationsText(gone ? [] : [{ invoiceId, amountMinor, date }]),
    updated_at_ms: stamp(fields),
  };
}

function statusOf(status: string, left: number, [open, settled]: [string, string]): string {
  if (status === 'VOIDED' || status === 'DELETED') return status.toLowerCase();
  if (status === 'DRAFT' || status === 'SUBMITTED') return 'draft';
  return status === 'AUTHORISED' && left > 0 ? open : settled;
}

function rate(fields: Fields, currency: string, inverted: boolean): number | null {
  if (currency === 'GBP') return 1;
  const given = Number(fields['CurrencyRate']);
  return inverted ? 1 / given : given;
}

const stamp = (fields: Fields): number => Number(/-?\d+/.exec(textIn(fields, 'UpdatedDateUTC'))?.[0]);

function day(value: unknown): string {
  const ms = Number(/-?\d+/.exec(String(value))?.[0]);
  return new Date(ms).toISOString().slice(0, 10);
}
