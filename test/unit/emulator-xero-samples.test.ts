import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { xeroSampleCompany } from '../../emulator/world/xero-samples.ts';
import { extractSamples, OPERATIONS } from '../../fixtures/xero/extract-samples.ts';

const xero = join(import.meta.dirname, '../../fixtures/xero');
const folder = join(xero, 'samples');

const { samples, version } = extractSamples(readFileSync(join(xero, 'openapi/xero_accounting.yaml'), 'utf8'));

describe("Xero's published examples", () => {
  it('lie beside the specification exactly as it has them', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    expect(files.sort()).toEqual([...samples.keys()].map((name) => `${name}.json`).sort());
    for (const [name, example] of samples) {
      expect(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')), name).toEqual(example);
    }
  });

  it('name their version and carry its licence', () => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(version);
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toContain('MIT License');
  });

  it('cover every operation that answers with a body', () => {
    const without = OPERATIONS.filter((name) => !samples.has(name));
    expect(without).toEqual(['deleteContactGroupContact', 'emailInvoice']);
  });
});

describe('the organisation made of the examples', () => {
  const company = xeroSampleCompany(folder);
  const records = [...company.records()];

  it('is the one that the example of Organisation describes', () => {
    expect(company.tenant).toBe('b2c885a9-4bb9-4a00-9b6e-6c2bf60b1a2b');
    expect(company.company).toMatchObject({
      baseCurrency: 'NZD',
      timeZone: 'Pacific/Auckland',
      country: 'NZ',
    });
    expect(company.contactGroups).toHaveLength(3);
  });

  it('has every published record once, in its newest version', () => {
    const counts = new Map<string, number>();
    for (const { entity } of records) counts.set(entity, (counts.get(entity) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      Contacts: 3,
      Invoices: 4,
      CreditNotes: 2,
      Payments: 2,
      Overpayments: 5,
      Prepayments: 1,
      Quotes: 2,
    });
    const prepayment = records.find((one) => one.entity === 'Prepayments');
    expect(prepayment?.record).toMatchObject({ RemainingCredit: 3449 });
  });

  it('serves a record as it was published, with its own update time', () => {
    const invoice = records.find((one) => one.record['InvoiceNumber'] === 'INV-0003');
    const published = samples.get('getInvoices') as { Invoices: unknown[] };
    expect(published.Invoices).toContainEqual(invoice?.record);
    expect(JSON.parse(invoice?.json ?? '')).toEqual(invoice?.record);
  });
});
