import { describe, expect, it } from 'vitest';
import type { Page, PlatformName, PlatformSession, StreamName } from '../../src/domain/index.ts';
import { connectPlatform, PageMirror, type ConnectedPlatform } from '../support/connected-platform.ts';

const NEW_INVOICES = 2_300;

/** A company with more invoices than two pages hold, two thousand of them written within moments. */
async function bigCompany(name: PlatformName): Promise<ConnectedPlatform> {
  const platform = await connectPlatform(name);
  const mirror = new PageMirror();
  await mirror.run(platform.session, 'full', platform.clock.nowMs());
  const customer = [...mirror.customers.values()].find((row) => row.status === 'active')!.remoteId;
  platform.emulator.state.db.transaction(() => {
    for (let made = 0; made < NEW_INVOICES; made += 1) platform.edits.createInvoice(customer, 100 + made);
  })();
  return platform;
}

async function* pages(
  session: PlatformSession,
  stream: StreamName,
  cursor: string | null,
): AsyncGenerator<Page> {
  yield* session.pull({ stream, cursor, nowMs: 0 });
}

describe.each<PlatformName>(['xero', 'quickbooks'])('paging through %s', (name) => {
  it('reads more rows of one instant than a page holds, each of them', async () => {
    const platform = await bigCompany(name);
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    expect(mirror.totals()).toEqual(platform.totals());
    expect(mirror.totals().invoices).toBeGreaterThan(NEW_INVOICES);
    await platform.close();
  });

  it('misses no row when others are edited, paid and written while it reads', async () => {
    const platform = await bigCompany(name);
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 1_200_000);
    const mirror = new PageMirror();
    for (const stream of platform.session.streams('full')) {
      for await (const page of pages(platform.session, stream, null)) {
        mirror.apply(stream, page);
        platform.emulator.clock.set(platform.emulator.clock.nowMs() + 60_000);
        const seen = page.invoices.filter((row) => row.status === 'open').slice(0, 5);
        for (const invoice of seen) platform.edits.pay(invoice.remoteId);
      }
    }
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('ends also when others write a whole page for each page that it reads, and the next run brings theirs', async () => {
    const platform = await bigCompany(name);
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const customer = [...mirror.customers.values()].find((row) => row.status === 'active')!.remoteId;
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 1_200_000);
    let read = 0;
    for await (const page of pages(platform.session, 'invoices', null)) {
      mirror.apply('invoices', page);
      read += 1;
      if (read > 12) break;
      platform.emulator.clock.set(platform.emulator.clock.nowMs() + 90_000);
      platform.emulator.state.db.transaction(() => {
        for (let made = 0; made < 1_000; made += 1) platform.edits.createInvoice(customer, 500 + made);
      })();
    }
    expect(read).toBeLessThan(12);
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('goes on where it stopped, also in a new process and after edits', async () => {
    const platform = await bigCompany(name);
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 3_600_000);
    const mirror = new PageMirror();
    for await (const page of pages(platform.session, 'invoices', null)) {
      mirror.apply('invoices', page);
      break;
    }
    const first = mirror.invoices.size;
    expect(first).toBeLessThan(platform.totals().invoices);
    platform.edits.pay([...mirror.invoices.values()].find((row) => row.status === 'open')!.remoteId);
    const again = platform.open(platform.grant.tokens);
    for await (const page of pages(again, 'invoices', mirror.cursors.get('invoices')!))
      mirror.apply('invoices', page);
    const { openMinor, invoices } = mirror.totals();
    expect({ openMinor, invoices }).toEqual({
      openMinor: platform.totals().openMinor,
      invoices: platform.totals().invoices,
    });
    await platform.close();
  });

  it('keeps its place through a crash in the middle of an incremental run', async () => {
    const platform = await connectPlatform(name);
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 3_600_000);
    const customer = [...mirror.customers.values()].find((row) => row.status === 'active')!.remoteId;
    const id = platform.edits.createInvoice(customer, 12_345);
    for (const stream of platform.session.streams('incremental')) {
      // The first page arrives but its transaction is lost: neither rows nor cursor were kept.
      for await (const _page of pages(platform.session, stream, mirror.cursors.get(stream)!)) break;
    }
    await mirror.run(platform.open(platform.grant.tokens), 'incremental', platform.clock.nowMs());
    expect(mirror.invoices.get(id)?.openMinor).toBe(12_345);
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('takes its cursor from the platform’s clock: one of ours that is a day ahead misses nothing', async () => {
    const platform = await connectPlatform(name);
    await platform.clock.sleep(86_400_000);
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 1_200_000);
    const customer = [...mirror.customers.values()].find((row) => row.status === 'active')!.remoteId;
    const id = platform.edits.createInvoice(customer, 12_345);
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
    expect(mirror.invoices.get(id)?.openMinor).toBe(12_345);
    await platform.close();
  });

  it('refuses a cursor of another stream', async () => {
    const platform = await connectPlatform(name);
    const foreign = name === 'xero' ? '{"endpoint":"Payments"}' : '{"fromMs":"soon"}';
    const first = pages(platform.session, 'customers', foreign).next();
    await expect(first).rejects.toMatchObject({ code: 'BAD_CURSOR' });
    await platform.close();
  });
});

describe('what servers do beside the rules', () => {
  it('Xero ignores If-Modified-Since: everything is read, nothing is lost', async () => {
    const platform = await bigCompany('xero');
    platform.emulator.quirks.modifiedSinceIgnored = true;
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    expect(mirror.totals()).toEqual(platform.totals());
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('Xero leaves out rows of exactly the instant asked for: the overlap finds them', async () => {
    const platform = await bigCompany('xero');
    platform.emulator.quirks.modifiedSinceInclusive = false;
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('QuickBooks cuts change data at a thousand objects: queries bring the rest', async () => {
    const platform = await connectPlatform('quickbooks');
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 3_600_000);
    const customer = [...mirror.customers.values()].find((row) => row.status === 'active')!.remoteId;
    platform.emulator.state.db.transaction(() => {
      for (let made = 0; made < 1_200; made += 1) platform.edits.createInvoice(customer, 100 + made);
    })();
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('QuickBooks cuts change data: what was deleted in the part that is missing is found all the same', async () => {
    const platform = await connectPlatform('quickbooks', {
      quirks: { quickbooks: { cdcCapPer: 'response' } },
    });
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 3_600_000);
    const customer = [...mirror.customers.values()].find((row) => row.status === 'active')!.remoteId;
    platform.emulator.state.db.transaction(() => {
      for (let made = 0; made < 1_200; made += 1) platform.edits.createInvoice(customer, 100 + made);
    })();
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 60_000);
    const gone = [...mirror.invoices.values()].find((row) => row.status === 'open')!.remoteId;
    platform.edits.delete(gone);
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
    expect(mirror.invoices.has(gone)).toBe(false);
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('QuickBooks looks back 30 days only: after longer silence queries are used', async () => {
    const platform = await connectPlatform('quickbooks');
    const mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
    const customer = [...mirror.customers.values()].find((row) => row.status === 'active')!.remoteId;
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 40 * 86_400_000);
    const id = platform.edits.createInvoice(customer, 4_200);
    const session = platform.open(await platform.connector.authorizer.refresh(platform.grant.tokens));
    await mirror.run(session, 'incremental', platform.clock.nowMs());
    expect(mirror.invoices.get(id)?.openMinor).toBe(4_200);
    expect(mirror.totals()).toEqual(platform.totals());
    await platform.close();
  });

  it('a merged customer is followed on both platforms', async () => {
    const xero = await connectPlatform('xero');
    const quickbooks = await connectPlatform('quickbooks');
    for (const platform of [xero, quickbooks]) {
      const mirror = new PageMirror();
      await mirror.run(platform.session, 'full', platform.clock.nowMs());
      const debtors = [...mirror.invoices.values()].filter(
        (row) => row.status === 'open' && row.rate === '1',
      );
      const [loser, winner] = [...new Set(debtors.map((row) => row.customerId))];
      platform.emulator.clock.set(platform.emulator.clock.nowMs() + 3_600_000);
      platform.edits.merge(loser!, winner!);
      await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
      const owner = debtors.find((row) => row.customerId === loser)!.remoteId;
      expect(mirror.invoices.get(owner)?.customerId).toBe(winner);
      const left = mirror.customers.get(loser!);
      if (platform.name === 'xero') expect(left).toMatchObject({ status: 'merged', mergedInto: winner });
      else expect(left).toBeUndefined();
      await platform.close();
    }
  });
});
