import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlatformName, RowRef, RowStamp } from '../../src/domain/index.ts';
import { connectPlatform, PageMirror, type ConnectedPlatform } from '../support/connected-platform.ts';

const KINDS = ['customer', 'invoice', 'credit', 'payment'] as const;

/** What a sweep and a hint need of a platform: the ids that there are, and records by their ids. */
describe.each<PlatformName>(['xero', 'quickbooks'])('lists and single records of %s', (name) => {
  let platform: ConnectedPlatform;
  let mirror: PageMirror;

  beforeAll(async () => {
    platform = await connectPlatform(name);
    mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
  });
  afterAll(() => platform.close());

  const stamps = async (kind: RowRef['kind']): Promise<RowStamp[]> => {
    const all: RowStamp[] = [];
    for await (const page of platform.session.listStamps(kind)) all.push(...page);
    return all;
  };
  const table = (kind: RowRef['kind']): { remoteId: string; updatedAtMs: number; kind?: string }[] => {
    const tables = {
      customer: mirror.customers,
      invoice: mirror.invoices,
      credit: mirror.credits,
      payment: mirror.payments,
    };
    return [...tables[kind].values()].filter((row) => !('kind' in row) || row.kind !== 'unapplied-payment');
  };
  const nobody = (name === 'xero' ? '00000000-0000-4000-8000-000000000000' : '999999') as string;

  it.each(KINDS)('lists every %s of the sales side with its update time, and nothing else', async (kind) => {
    const plain = (rows: { remoteId: string; updatedAtMs: number }[]) =>
      rows.map(({ remoteId, updatedAtMs }) => `${remoteId} ${updatedAtMs}`).sort();
    const listed = await stamps(kind);
    expect(plain(listed)).toEqual(plain(table(kind)));
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.every((stamp) => stamp.kind === kind)).toBe(true);
    const kinds = new Map(table('credit').map((row) => [row.remoteId, row.kind]));
    if (kind === 'credit')
      expect(listed.filter((one) => one.creditKind !== kinds.get(one.remoteId))).toEqual([]);
  });

  it.each(KINDS)('reads every %s by its id as the pull brought it', async (kind) => {
    const refs = await stamps(kind);
    const page = await platform.session.readRows(refs);
    const rows = {
      customer: page.customers,
      invoice: page.invoices,
      credit: page.credits,
      payment: page.payments,
    };
    const found = rows[kind].filter((row) => !('kind' in row) || row.kind !== 'unapplied-payment');
    const byId = (one: { remoteId: string }, two: { remoteId: string }) =>
      one.remoteId < two.remoteId ? -1 : 1;
    expect([...found].sort(byId)).toEqual([...table(kind)].sort(byId));
    expect([page.deleted, page.quarantined]).toEqual([[], []]);
  });

  it.each(KINDS)('says of a %s that is not there that it is deleted', async (kind) => {
    const known = (await stamps(kind))[0]!;
    const missing: RowRef = { ...known, remoteId: nobody };
    const page = await platform.session.readRows([missing, known, missing]);
    expect(page.deleted.length).toBeGreaterThan(0);
    expect(page.deleted.every((row) => row.remoteId === nobody && row.kind === kind)).toBe(true);
  });

  it('reads nothing when asked for nothing', async () => {
    const before = platform.session.calls();
    const page = await platform.session.readRows([]);
    expect([page.customers, page.deleted, platform.session.calls() - before]).toEqual([[], [], 0]);
  });

  it('shows archived customers, and those that were merged away as the platform shows them', async () => {
    const [archived, loser, winner] = [...mirror.customers.values()].filter((row) => row.status === 'active');
    platform.edits.archive(archived!.remoteId);
    platform.edits.merge(loser!.remoteId, winner!.remoteId);
    const ids = (await stamps('customer')).map((stamp) => stamp.remoteId);
    expect(ids).toContain(archived!.remoteId);
    const refs = [archived!, loser!].map(({ remoteId }): RowRef => ({ kind: 'customer', remoteId }));
    const page = await platform.session.readRows(refs);
    expect(page.customers.find((row) => row.remoteId === archived!.remoteId)?.status).toBe('archived');
    if (name === 'xero') {
      expect(page.customers.find((row) => row.remoteId === loser!.remoteId)?.status).toBe('merged');
    } else {
      expect(page.deleted).toEqual([{ kind: 'customer', remoteId: loser!.remoteId }]);
      expect(ids).not.toContain(loser!.remoteId);
    }
  });

  it('says what a first sync would cost, and keeps to it', async () => {
    const forecast = await platform.session.forecast();
    const fresh = platform.open(platform.grant.tokens);
    const again = new PageMirror();
    await fresh.readOrganisation();
    await again.run(fresh, 'full', platform.clock.nowMs());
    await again.run(fresh, 'incremental', platform.clock.nowMs());
    expect(forecast.calls).toBe(fresh.calls());
    expect(forecast.minutes).toBe(0);
    const rows = Object.fromEntries(forecast.rows.map((one) => [one.stream, one.rows]));
    expect(rows['customers']).toBe(again.customers.size);
    expect(rows['invoices']).toBeGreaterThanOrEqual(again.invoices.size);
    expect(rows['payments']).toBeGreaterThanOrEqual(again.payments.size);
  });
});

describe('what lists do beside the rules', () => {
  it('Xero: a list that ignores the ids asked for is noticed, and each is asked for by itself', async () => {
    const platform = await connectPlatform('xero');
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    platform.emulator.quirks.listFiltersIgnored = true;
    const known = [...mirror.invoices.keys()].slice(-3);
    const missing = '00000000-0000-4000-8000-000000000000';
    const refs = [...known, missing].map((remoteId): RowRef => ({ kind: 'invoice', remoteId }));
    const page = await platform.session.readRows(refs);
    expect(page.invoices.map((row) => row.remoteId).sort()).toEqual([...known].sort());
    expect(page.deleted).toEqual([{ kind: 'invoice', remoteId: missing }]);
    const invoice = mirror.invoices.get(known[0]!)!;
    const preflight = await platform.session.readForPreflight(invoice.customerId, [invoice.remoteId]);
    expect(preflight.invoices).toEqual([invoice]);
    expect(preflight.customer?.remoteId).toBe(invoice.customerId);
    await platform.close();
  });

  it('Xero: a purchase that is asked for by id is neither a row nor deleted', async () => {
    const platform = await connectPlatform('xero');
    const rows = platform.emulator.state.db
      .prepare(`SELECT id, json FROM row WHERE company = ? AND entity = 'Invoices' LIMIT 1`)
      .get(platform.company) as { id: string; json: string };
    platform.emulator.state.db
      .prepare(`UPDATE row SET json = ? WHERE company = ? AND id = ?`)
      .run(rows.json.replace('"ACCREC"', '"ACCPAY"'), platform.company, rows.id);
    const page = await platform.session.readRows([{ kind: 'invoice', remoteId: rows.id }]);
    expect([page.invoices, page.deleted, page.quarantined]).toEqual([[], [], []]);
    const ids: string[] = [];
    for await (const some of platform.session.listStamps('invoice'))
      ids.push(...some.map((one) => one.remoteId));
    expect(ids).not.toContain(rows.id);
    expect(ids.length).toBeGreaterThan(20);
    await platform.close();
  });

  it('Xero: more ids than an address holds are asked for in several calls', async () => {
    const platform = await connectPlatform('xero');
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const refs = [...mirror.invoices.keys()]
      .slice(0, 95)
      .map((remoteId): RowRef => ({ kind: 'invoice', remoteId }));
    const before = platform.session.calls();
    const page = await platform.session.readRows(refs);
    expect(page.invoices).toHaveLength(95);
    expect(platform.session.calls() - before).toBe(3);
    await platform.close();
  });

  it('QuickBooks: where queries take no columns, whole rows are listed', async () => {
    const platform = await connectPlatform('quickbooks');
    const body = {
      Fault: { Error: [{ Message: 'QueryParserError', code: '4000' }], type: 'ValidationFault' },
    };
    platform.emulator.faults.add({ path: '/v3/company/*/query', status: 400, body, times: 1 });
    const ids: string[] = [];
    for await (const some of platform.session.listStamps('invoice'))
      ids.push(...some.map((one) => one.remoteId));
    expect(new Set(ids).size).toBe(platform.totals().invoices);
    await platform.close();
  });

  it('QuickBooks: the unapplied rest of a payment is read as its payment', async () => {
    const platform = await connectPlatform('quickbooks');
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const rest = [...mirror.credits.values()].find(
      (row) => row.kind === 'unapplied-payment' && row.openMinor > 0,
    )!;
    const links = [...mirror.payments.values()].find(
      (row) => row.amountMinor === 0 && row.status === 'active',
    )!;
    const ref = (remoteId: string): RowRef => ({ kind: 'credit', creditKind: 'unapplied-payment', remoteId });
    const page = await platform.session.readRows([ref(rest.remoteId), ref(links.remoteId), ref('999999')]);
    expect(page.credits).toEqual([rest]);
    expect(page.payments.map((row) => row.remoteId).sort()).toEqual([rest.remoteId, links.remoteId].sort());
    expect(page.deleted).toEqual([ref(links.remoteId), ref('999999')]);
    await platform.close();
  });

  it('QuickBooks: credit memos bring their allocations also when their payments were not seen before', async () => {
    const platform = await connectPlatform('quickbooks');
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const session = platform.open(platform.grant.tokens);
    const alone = new PageMirror();
    for await (const page of session.pull({ stream: 'credits', cursor: null, nowMs: 0 }))
      alone.apply('credits', page);
    const memos = [...mirror.credits.values()].filter((row) => row.kind === 'credit-note');
    expect([...alone.credits.values()]).toEqual(memos);
    expect(memos.some((row) => row.allocations.length > 0)).toBe(true);
    await platform.close();
  });
});
