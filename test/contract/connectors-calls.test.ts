import { describe, expect, it } from 'vitest';
import type { Organisation, PlatformName } from '../../src/domain/index.ts';
import { connectPlatform, PageMirror, type ConnectedPlatform } from '../support/connected-platform.ts';

/** What the platforms' own limits leave: calls are what a sync costs. */
const CALLS = {
  // The organisation; contacts, invoices, three kinds of credits, payments.
  xero: { unchanged: 7, first: 3 + 6 + 6 },
  // CompanyInfo and one change data capture; the first page of customers proves no end by itself.
  quickbooks: { unchanged: 2, first: 2 + 5 + 1 },
};

describe.each<PlatformName>(['xero', 'quickbooks'])('calls that %s costs', (name) => {
  const synced = async (): Promise<[ConnectedPlatform, PageMirror, Organisation]> => {
    const platform = await connectPlatform(name);
    const mirror = new PageMirror();
    const organisation = await platform.session.readOrganisation();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
    return [platform, mirror, organisation];
  };

  it('a first sync of less than a page a list: one call a list, one closing delta, and the company', async () => {
    const [platform] = await synced();
    expect(platform.session.calls()).toBe(CALLS[name].first);
    await platform.close();
  });

  it('a cycle in which nothing changed', async () => {
    const [platform, mirror, organisation] = await synced();
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 1_200_000);
    const session = platform.open(platform.grant.tokens);
    expect(await session.readOrganisation(organisation)).toEqual(organisation);
    await mirror.run(session, 'incremental', platform.clock.nowMs());
    expect(session.calls()).toBe(CALLS[name].unchanged);
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('takes what the light look does not tell from what is known, and the rest afresh', async () => {
    const [platform, , organisation] = await synced();
    const known = { ...organisation, name: 'Old Name', timeZone: 'Asia/Tokyo', multiCurrency: false };
    const before = platform.session.calls();
    const read = await platform.session.readOrganisation({ ...known, ownReminders: true });
    expect(read).toEqual({
      ...organisation,
      multiCurrency: false,
      ownReminders: name === 'xero' ? true : null,
    });
    expect(platform.session.calls() - before).toBe(1);
    await platform.close();
  });

  it('a page of 2,300 rows more costs three calls, not twenty-four', async () => {
    const platform = await connectPlatform(name);
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const customer = [...mirror.customers.values()].find((row) => row.status === 'active')!.remoteId;
    platform.emulator.state.db.transaction(() => {
      for (let made = 0; made < 2_300; made += 1) {
        if (made % 40 === 0) platform.emulator.clock.set(platform.emulator.clock.nowMs() + 10_000);
        platform.edits.createInvoice(customer, 100 + made);
      }
    })();
    const forecast = await platform.session.forecast();
    const session = platform.open(platform.grant.tokens);
    const again = new PageMirror();
    for await (const page of session.pull({ stream: 'invoices', cursor: null, nowMs: 0 }))
      again.apply('invoices', page);
    expect(again.totals().invoices).toBe(platform.totals().invoices);
    const whole = name === 'xero' ? 3 : 4;
    expect(session.calls()).toBeLessThanOrEqual(whole + 1);
    expect(forecast.calls).toBe(CALLS[name].first + whole - 1);
    await platform.close();
  });
});

describe('whose company answers', () => {
  it('Xero: a tenant that leads to another organisation than before is refused', async () => {
    const platform = await connectPlatform('xero');
    const organisation = await platform.session.readOrganisation();
    const other = { ...xeroOrganisation(), OrganisationID: '00000000-0000-4000-8000-00000000beef' };
    platform.emulator.faults.add({
      path: '/api.xro/2.0/Organisation',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { Organisations: [other] },
    });
    await expect(platform.session.readOrganisation(organisation)).rejects.toMatchObject({
      code: 'COMPANY_CHANGED',
    });
    await platform.close();
  });

  it('Xero: two tenants that lead to one organisation are refused', async () => {
    const platform = await connectPlatform('xero');
    await platform.session.readOrganisation();
    platform.emulator.faults.add({
      path: '/api.xro/2.0/Organisation',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { Organisations: [{ ...xeroOrganisation(), OrganisationID: platform.company }] },
    });
    const swapped = platform.connector.open({
      companyId: '11111111-0000-4000-8000-000000000000' as ConnectedPlatform['company'],
      nowMs: () => platform.clock.nowMs(),
      accessToken: () => Promise.resolve(platform.grant.tokens.accessToken),
    });
    await expect(swapped.readOrganisation()).rejects.toMatchObject({ code: 'COMPANY_CHANGED' });
    await platform.close();
  });
});

function xeroOrganisation(): Record<string, unknown> {
  return { Name: 'Another Ltd', BaseCurrency: 'GBP', Timezone: 'GMTSTANDARDTIME', CountryCode: 'GB' };
}
