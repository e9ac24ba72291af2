import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { QuarantinedRow } from '../../src/domain/index.ts';
import { readRows } from '../../connectors/kit/rows.ts';
import * as quickbooks from '../../connectors/quickbooks/map.ts';
import * as xero from '../../connectors/xero/map.ts';
import { timeZoneOf } from '../../connectors/xero/time-zones.ts';

const XERO = { baseCurrency: 'GBP', currencyRate: 'foreign-per-base' } as const;
const QUICKBOOKS = { homeCurrency: 'USD' };
const NO_EXTRAS = { multiCurrency: true, ownReminders: null };

/** What a credit memo gets from the payment of fixture payment.links-a-credit-memo. */
const LINKS = quickbooks.readPayment(
  readFixture('quickbooks', 'payment.links-a-credit-memo.json'),
  QUICKBOOKS,
).byMemo;

type Mapper = [
  kind: QuarantinedRow['kind'],
  map: (row: unknown) => unknown,
  identify: Parameters<typeof readRows>[3],
];

/** The map of each kind of fixture, by the first word of its name. */
const MAPS: Record<string, Record<string, Mapper>> = {
  xero: {
    contact: ['customer', (row) => xero.mapContact(row, XERO), xero.identifyRow('ContactID')],
    invoice: ['invoice', (row) => xero.mapInvoice(row, XERO), xero.identifyRow('InvoiceID')],
    'credit-note': ['credit', (row) => xero.mapCreditNote(row, XERO), xero.identifyRow('CreditNoteID')],
    overpayment: ['credit', (row) => xero.mapOverpayment(row, XERO), xero.identifyRow('OverpaymentID')],
    prepayment: ['credit', (row) => xero.mapPrepayment(row, XERO), xero.identifyRow('PrepaymentID')],
    payment: ['payment', (row) => xero.mapPayment(row, XERO), xero.identifyRow('PaymentID')],
    organisation: [
      'customer',
      (row) => xero.mapOrganisation(row, '', NO_EXTRAS),
      xero.identifyRow('OrganisationID'),
    ],
  },
  quickbooks: {
    customer: ['customer', (row) => quickbooks.mapCustomer(row, QUICKBOOKS), quickbooks.identifyCustomer],
    invoice: ['invoice', (row) => quickbooks.mapInvoice(row, QUICKBOOKS), quickbooks.identifyRow],
    'credit-memo': [
      'credit',
      (row) =>
        quickbooks.mapCreditMemo(
          row,
          QUICKBOOKS,
          quickbooks.linkedPayments(row).length > 0 ? (LINKS.get('73') ?? []) : [],
        ),
      quickbooks.identifyRow,
    ],
    payment: ['payment', (row) => quickbooks.mapPayment(row, QUICKBOOKS), quickbooks.identifyRow],
  },
};

describe.each(['xero', 'quickbooks'])('the maps of %s', (platform) => {
  const pairs = readdirSync(join('fixtures', platform)).filter(
    (name) => name.endsWith('.json') && name.split('.')[0]! in MAPS[platform]!,
  );
  const names = pairs.filter((name) => !name.endsWith('.expected.json'));

  it.each(names)('%s becomes what its neighbour says', (name) => {
    const quarantined: QuarantinedRow[] = [];
    const [kind, map, identify] = MAPS[platform]![name.split('.')[0]!]!;
    const [record = null] = readRows([readFixture(platform, name)], kind, map, identify, quarantined);
    const expected = readFixture(platform, name.replace('.json', '.expected.json'));
    expect(quarantined[0] === undefined ? record : { quarantined: quarantined[0] }).toEqual(expected);
  });

  it('has an input for every expected record', () => {
    const lonely = pairs
      .filter((name) => name.endsWith('.expected.json'))
      .filter((name) => !existsSync(join('fixtures', platform, name.replace('.expected', ''))));
    expect(lonely).toEqual([]);
    expect(names.length).toBeGreaterThan(30);
  });
});

describe('what one fixture cannot show', () => {
  it('reads CurrencyRate the other way round when told to', () => {
    const row = readFixture('xero', 'invoice.foreign.json');
    expect(xero.mapInvoice(row, { ...XERO, currencyRate: 'base-per-foreign' })?.rate).toBe('1.15');
    expect(xero.mapInvoice(row, XERO)?.rate).toBe('0.869565217391304');
  });

  it('keeps the other rows of a page when one cannot be understood', () => {
    const rows = ['invoice.open.json', 'invoice.unknown-status.json', 'invoice.paid.json'].map((name) =>
      readFixture('xero', name),
    );
    const quarantined: QuarantinedRow[] = [];
    const kept = readRows(
      rows,
      'invoice',
      (row) => xero.mapInvoice(row, XERO),
      xero.identifyRow('InvoiceID'),
      quarantined,
    );
    expect(kept).toHaveLength(2);
    expect(quarantined).toHaveLength(1);
    for (const odd of [null, 7, 'text', [], {}]) {
      readRows(
        [odd],
        'invoice',
        (row) => xero.mapInvoice(row, XERO),
        xero.identifyRow('InvoiceID'),
        quarantined,
      );
      readRows(
        [odd],
        'invoice',
        (row) => quickbooks.mapInvoice(row, QUICKBOOKS),
        quickbooks.identifyRow,
        quarantined,
      );
    }
    expect(quarantined).toHaveLength(11);
  });

  it('counts each amount once when money and credit memos pay invoices together', () => {
    const row = readFixture('quickbooks', 'payment.money-and-credit-memo-together.json');
    const { records, byMemo } = quickbooks.readPayment(row, QUICKBOOKS);
    const { payment } = records;
    const memo = byMemo.get('73') ?? [];
    const sum = (parts: { amountMinor: number }[]) =>
      parts.reduce((total, part) => total + part.amountMinor, 0);
    expect([sum(payment.allocations), sum(memo)]).toEqual([10_000, 6_000]);
  });

  it('knows a zone of the tz database for every time zone of Xero’s specification', () => {
    const names = readFileSync('fixtures/xero/time-zones.txt', 'utf8').trim().split('\n');
    expect(names.length).toBeGreaterThan(130);
    const unknown = names.filter((name) => {
      const zone = timeZoneOf(name);
      if (zone === null) return true;
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return false;
    });
    expect(unknown).toEqual([]);
    expect(timeZoneOf('AUSEASTERNSTANDARDTIME')).toBe('Australia/Sydney');
    expect(timeZoneOf('GMTSTANDARDTIME')).toBe('Europe/London');
    expect(timeZoneOf('UTC+13')).toBe('Etc/GMT-13');
    expect(timeZoneOf('UTC11')).toBe('Etc/GMT+11');
  });
});

function readFixture(platform: string, name: string): unknown {
  return JSON.parse(readFileSync(join('fixtures', platform, name), 'utf8')) as unknown;
}
