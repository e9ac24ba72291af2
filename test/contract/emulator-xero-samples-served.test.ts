import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { xeroSampleCompany } from '../../emulator/world/xero-samples.ts';
import { rows, startXero } from '../support/xero-emulator.ts';
import type { EmulatedXero } from '../support/xero-emulator.ts';

const samples = xeroSampleCompany(resolve(import.meta.dirname, '../../fixtures/xero/samples'));
let xero: EmulatedXero;

beforeAll(async () => {
  xero = await startXero([], { nativeCompanies: { xero: [samples] } });
});
afterAll(() => xero.emulator.close());

describe("Xero's published examples", () => {
  it('are served as an organisation, every record as it was published', async () => {
    const tenant = { 'xero-tenant-id': samples.tenant };
    for (const { entity, record } of samples.records()) {
      const served = rows(
        await xero.get(`${entity}?page=1&pageSize=1000&includeArchived=true`, tenant),
        entity,
      );
      expect(served).toContainEqual(record);
    }
    const [organisation] = rows(await xero.get('Organisation', tenant), 'Organisations');
    expect(organisation).toEqual(samples.organisation);
  });

  it('are served with their contact groups', async () => {
    const groups = rows(
      await xero.get('ContactGroups', { 'xero-tenant-id': samples.tenant }),
      'ContactGroups',
    );
    expect(groups.map((group) => group['Name'])).toEqual(samples.contactGroups.map((group) => group['Name']));
  });
});
