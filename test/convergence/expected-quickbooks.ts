import type { WorldState } from '../../emulator/core/state.ts';
import { addressesIn, allocationsText, minor, textIn } from './expected.ts';
import type { ExpectedAllocation, ExpectedRow, Fields } from './expected.ts';

interface Row {
  entity: string;
  id: string;
  updated_ms: number;
  deleted: number;
  json: string;
}

const TABLES = {
  Customer: 'customer',
  Invoice: 'invoice',
  CreditMemo: 'credit',
  Payment: 'payment',
} as const;

/** What the mirror of a QuickBooks company should hold now. */
export function expectedOfQuickBooks(state: WorldState, realm: string): ExpectedRow[] {
  const rows = state.db
    .prepare('SELECT entity, id, updated_ms, deleted, json FROM row WHERE company = ? ORDER BY seq')
    .all(realm) as Row[];
  const living = rows
    .filter((row) => row.deleted === 0)
    .map((row) => ({ ...row, fields: JSON.parse(row.json) as Fields }));
  const byMemo = memoAllocations(living.filter((row) => row.entity === 'Payment').map((row) => row.fields));
  return [
    ...rows.filter((row) => row.deleted === 1).flatMap(tombstones),
    ...living.flatMap(({ entity, id, updated_ms, fields }) =>
      rowsOf(entity, id, fields, byMemo).map((row) => ({ ...row, gone: false, updatedMs: updated_ms })),
    ),
  ];
}

function tombstones({ entity, id, updated_ms }: Row): ExpectedRow[] {
  const table = TABLES[entity as keyof typeof TABLES];
  if (table === undefined) return [];
  const gone = { table, gone: true, columns: {}, updatedMs: updated_ms };
  if (table === 'credit') return [{ ...gone, key: `credit-note/${id}` }];
  if (table !== 'payment') return [{ ...gone, key: id }];
  return [
    { ...gone, key: id },
    { ...gone, table: 'credit', key: `unapplied-payment/${id}` },
  ];
}

type Made = Pick<ExpectedRow, 'table' | 'key' | 'columns' | 'dispensable'>;

function rowsOf(
  entity: string,
  id: string,
  fields: Fields,
  byMemo: ReadonlyMap<string, ExpectedAllocation[]>,
): Made[] {
  if (entity === 'Customer') return [{ table: 'customer', key: id, columns: customer(fields) }];
  if (entity === 'Invoice') return [{ table: 'invoice', key: id, columns: invoice(fields) }];
  if (entity === 'CreditMemo') {
    const columns = memo(fields, byMemo.get(id) ?? []);
    return [{ table: 'credit', key: `credit-note/${id}`, columns }];
  }
  return entity === 'Payment' ? payment(id, fields) : [];
}

function customer(fields: Fields): ExpectedRow['columns'] {
  const currency = currencyIn(fields);
  return {
    name: textIn(fields, 'DisplayName'),
    emails: JSON.stringify(addressesIn(textIn(fields, 'PrimaryEmailAddr', 'Address'))),
    account_number: null,
    status: fields['Active'] === false ? 'archived' : 'active',
    merged_into: null,
    parent: textIn(fields, 'ParentRef', 'value') || null,
    bill_with_parent: fields['BillWithParent'] === true ? 1 : 0,
    currency,
    platform_balance_minor: minor(fields['Balance'], currency),
    hold_marker: null,
    updated_at_ms: stamp(fields),
  };
}

function invoice(fields: Fields): ExpectedRow['columns'] {
  const currency = currencyIn(fields);
  const open = minor(fields['Balance'], currency);
  const date = textIn(fields, 'TxnDate');
  return {
    customer_id: textIn(fields, 'CustomerRef', 'value'),
    number: textIn(fields, 'DocNumber'),
    status: open > 0 ? 'open' : isVoided(fields) ? 'voided' : 'paid',
    issue_date: date,
    due_date: textIn(fields, 'DueDate') || date,
    currency,
    total_minor: minor(fields['TotalAmt'], currency),
    open_minor: open,
    rate: rate(fields, currency),
    updated_at_ms: stamp(fields),
  };
}

function memo(fields: Fields, allocations: ExpectedAllocation[]): ExpectedRow['columns'] {
  const currency = currencyIn(fields);
  const open = minor(fields['RemainingCredit'], currency);
  return {
    customer_id: textIn(fields, 'CustomerRef', 'value'),
    number: textIn(fields, 'DocNumber'),
    status: open > 0 ? 'open' : isVoided(fields) ? 'voided' : 'applied',
    date: textIn(fields, 'TxnDate'),
    currency,
    total_minor: minor(fields['TotalAmt'], currency),
    open_minor: open,
    rate: rate(fields, currency),
    allocations: allocationsText(allocations),
    updated_at_ms: stamp(fields),
  };
}

/** The money, and what of it is set against nothing: two rows, unless it only ties a credit to an invoice. */
function payment(id: string, fields: Fields): Made[] {
  const currency = currencyIn(fields);
  const voided = isVoided(fields);
  const { cash, memos } = shares(fields);
  const shared = {
    customer_id: textIn(fields, 'CustomerRef', 'value'),
    date: textIn(fields, 'TxnDate'),
    currency,
    rate: rate(fields, currency),
    updated_at_ms: stamp(fields),
  };
  const amount = minor(fields['TotalAmt'], currency);
  const money: Made = {
    table: 'payment',
    key: id,
    columns: {
      ...shared,
      status: voided ? 'deleted' : 'active',
      amount_minor: amount,
      allocations: allocationsText(voided ? [] : cash),
    },
  };
  if (amount === 0 && memos.size > 0) return [money];
  const open = voided ? 0 : minor(fields['UnappliedAmt'], currency);
  const rest = {
    ...shared,
    number: textIn(fields, 'PaymentRefNum'),
    status: voided ? 'voided' : open > 0 ? 'open' : 'applied',
    total_minor: open,
    open_minor: open,
    allocations: '',
  };
  return [money, { table: 'credit', key: `unapplied-payment/${id}`, columns: rest, dispensable: open === 0 }];
}

/** Each memo's allocations over all payments that tie it to an invoice. */
function memoAllocations(payments: Fields[]): Map<string, ExpectedAllocation[]> {
  const all = new Map<string, ExpectedAllocation[]>();
  for (const fields of payments.filter((one) => !isVoided(one))) {
    for (const [id, list] of shares(fields).memos) all.set(id, [...(all.get(id) ?? []), ...list]);
  }
  return all;
}

/** Who pays what within a payment: its credit memos in their order, then its money. */
function shares(fields: Fields): { cash: ExpectedAllocation[]; memos: Map<string, ExpectedAllocation[]> } {
  const currency = currencyIn(fields);
  const date = textIn(fields, 'TxnDate');
  const lines = ((fields['Line'] ?? []) as Fields[]).map((line) => {
    const [link] = (line['LinkedTxn'] ?? []) as Fields[];
    return {
      id: textIn(link, 'TxnId'),
      type: textIn(link, 'TxnType'),
      left: minor(line['Amount'], currency),
    };
  });
  const purses = lines.filter((line) => line.type === 'CreditMemo');
  const memos = new Map(purses.map((purse) => [purse.id, [] as ExpectedAllocation[]]));
  const cash: ExpectedAllocation[] = [];
  for (const bill of lines.filter((line) => line.type === 'Invoice')) {
    for (const purse of purses) {
      const amountMinor = Math.min(bill.left, purse.left);
      if (amountMinor === 0) continue;
      bill.left -= amountMinor;
      purse.left -= amountMinor;
      memos.get(purse.id)?.push({ invoiceId: bill.id, amountMinor, date });
    }
    if (bill.left > 0) cash.push({ invoiceId: bill.id, amountMinor: bill.left, date });
  }
  return { cash, memos };
}

const currencyIn = (fields: Fields): string => textIn(fields, 'CurrencyRef', 'value') || 'GBP';

const isVoided = (fields: Fields): boolean =>
  fields['TotalAmt'] === 0 && textIn(fields, 'PrivateNote').startsWith('Voided');

function rate(fields: Fields, currency: string): number | null {
  if (currency === 'GBP') return 1;
  return typeof fields['ExchangeRate'] === 'number' ? fields['ExchangeRate'] : null;
}

const stamp = (fields: Fields): number => Date.parse(textIn(fields, 'MetaData', 'LastUpdatedTime'));
