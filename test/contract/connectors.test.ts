import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CustomerId, Day, DocumentId, PlatformName } from '../../src/domain/index.ts';
import { connectPlatform, PageMirror, type ConnectedPlatform } from '../support/connected-platform.ts';

const DAY = '2026-03-11' as Day;

/** The promises of the Connector port. Every platform keeps all of them. */
describe.each<PlatformName>(['xero', 'quickbooks'])('the %s connector', (name) => {
  let platform: ConnectedPlatform;
  let mirror: PageMirror;

  beforeAll(async () => {
    platform = await connectPlatform(name);
    mirror = new PageMirror();
    await mirror.run(platform.session, 'full', platform.clock.nowMs());
  });
  afterAll(() => platform.close());

  const incremental = async (): Promise<void> => {
    await mirror.run(platform.session, 'incremental', platform.clock.nowMs());
  };
  const openInvoice = () => [...mirror.invoices.values()].find((row) => row.status === 'open')!;
  const someCustomer = (at = 0) =>
    [...mirror.customers.values()].filter((row) => row.status === 'active' && row.emails.length > 0)[at]!;

  it('describes the company', async () => {
    const organisation = await platform.session.readOrganisation();
    expect(organisation).toMatchObject(
      name === 'xero'
        ? {
            baseCurrency: 'GBP',
            timeZone: 'Europe/London',
            country: 'GB',
            isDemo: false,
            ownReminders: false,
          }
        : {
            baseCurrency: 'USD',
            timeZone: 'America/New_York',
            country: 'US',
            isDemo: false,
            ownReminders: null,
          },
    );
    expect(organisation.companyId).toBe(platform.company);
  });

  it('pulls everything that the platform serves, to the cent', () => {
    expect(mirror.quarantined).toEqual([]);
    expect(mirror.totals()).toEqual(platform.totals());
    expect(mirror.totals().openInvoices).toBeGreaterThan(20);
  });

  it('gives every row a customer that was pulled too', () => {
    const rows = [...mirror.invoices.values(), ...mirror.credits.values()];
    expect(rows.filter((row) => !mirror.customers.has(row.customerId))).toEqual([]);
  });

  it('accounts for the whole of every open invoice: total = open + paid + credited', () => {
    const settled = new Map<string, number>();
    for (const source of [...mirror.payments.values(), ...mirror.credits.values()]) {
      for (const { invoiceId, amountMinor } of source.allocations) {
        settled.set(invoiceId, (settled.get(invoiceId) ?? 0) + amountMinor);
      }
    }
    const wrong = [...mirror.invoices.values()].filter(
      (row) =>
        (row.status === 'open' || row.status === 'paid') &&
        row.totalMinor !== row.openMinor + (settled.get(row.remoteId) ?? 0),
    );
    expect(wrong).toEqual([]);
  });

  it('accounts for the whole of every credit note: total = open + allocated', () => {
    const notes = [...mirror.credits.values()].filter(
      (row) => row.kind === 'credit-note' && (row.status === 'open' || row.status === 'applied'),
    );
    const allocated = (row: (typeof notes)[number]) =>
      row.allocations.reduce((sum, one) => sum + one.amountMinor, 0);
    expect(notes.length).toBeGreaterThan(0);
    expect(notes.filter((row) => row.totalMinor !== row.openMinor + allocated(row))).toEqual([]);
  });

  it('sees what was created, paid, credited, overpaid, voided, deleted, archived and edited since', async () => {
    const { edits, emulator } = platform;
    emulator.clock.set(emulator.clock.nowMs() + 3_600_000);
    const customer = someCustomer(1).remoteId;
    const [paid, part, voided, gone, credited] = [10_000, 20_000, 30_000, 40_000, 50_000].map((minor) =>
      edits.createInvoice(customer, minor),
    ) as [string, string, string, string, string];
    await incremental();
    expect(mirror.invoices.get(gone)).toMatchObject({
      status: 'open',
      openMinor: 40_000,
      customerId: customer,
    });
    emulator.clock.set(emulator.clock.nowMs() + 3_600_000);
    edits.pay(paid);
    edits.pay(part, 5_000);
    edits.void(voided);
    edits.delete(gone);
    const credit = edits.credit(customer, credited, 15_000, 10_000);
    edits.overpay(customer, 7_700);
    edits.archive(someCustomer(2).remoteId);
    edits.setEmail(someCustomer(3).remoteId, 'first@example.com;second@example.com');
    await incremental();
    expect(mirror.totals()).toEqual(platform.totals());
    expect(mirror.invoices.get(paid)).toMatchObject({ status: 'paid', openMinor: 0 });
    expect(mirror.invoices.get(part)).toMatchObject({ status: 'open', openMinor: 15_000 });
    expect(mirror.invoices.get(voided)).toMatchObject({ status: 'voided', openMinor: 0 });
    expect(mirror.invoices.get(gone)?.status).toBe(name === 'xero' ? 'voided' : undefined);
    expect(mirror.credits.get(credit)).toMatchObject({
      kind: 'credit-note',
      openMinor: 5_000,
      allocations: [{ invoiceId: credited, amountMinor: 10_000, date: DAY }],
    });
    expect(someCustomer(2).emails).toEqual(['first@example.com', 'second@example.com']);
  });

  it('brings nothing new when nothing changed', async () => {
    platform.emulator.clock.set(platform.emulator.clock.nowMs() + 3_600_000);
    await incremental();
    const before = mirror.totals();
    const rows: number[] = [];
    for (const stream of platform.session.streams('incremental')) {
      const cursor = mirror.cursors.get(stream) ?? null;
      for await (const page of platform.session.pull({ stream, cursor, nowMs: platform.clock.nowMs() })) {
        rows.push(page.customers.length + page.invoices.length + page.credits.length + page.payments.length);
        mirror.apply(stream, page);
      }
    }
    expect(rows.every((count) => count === 0)).toBe(true);
    expect(mirror.totals()).toEqual(before);
  });

  it('reads a customer and documents afresh before an effect, and says when they are gone', async () => {
    const invoice = openInvoice();
    const found = await platform.session.readForPreflight(invoice.customerId, [invoice.remoteId]);
    expect(found.customer).toEqual(mirror.customers.get(invoice.customerId));
    expect(found.invoices).toEqual([invoice]);
    const nobody = (name === 'xero' ? '00000000-0000-4000-8000-000000000000' : '999999') as CustomerId;
    const missing = await platform.session.readForPreflight(nobody, []);
    expect(missing).toEqual({ customer: null, invoices: [] });
  });

  it('places a hold that can be read back, twice without harm, and releases it the same way', async () => {
    const { session, edits } = platform;
    const customer = someCustomer(4).remoteId;
    edits.scribble(customer, 'call before noon');
    const before = edits.scribbled(customer);
    const hold = { id: 'h-1', reason: 'over the limit by 1,200.00 GBP', day: DAY };
    expect((await session.readHold(customer)).held).toBe(false);
    await session.placeHold(customer, hold);
    await session.placeHold(customer, hold);
    const state = await session.readHold(customer);
    expect(state.held).toBe(true);
    expect(state.marker).toBe(
      name === 'xero' ? 'Credit hold' : '[HOLDFAST HOLD 2026-03-11 #h-1: over the limit by 1,200.00 GBP]',
    );
    expect(await session.listHeld()).toEqual(name === 'xero' ? [customer] : null);
    await session.releaseHold(customer);
    await session.releaseHold(customer);
    expect(await session.readHold(customer)).toEqual({ held: false, marker: null });
    expect(edits.scribbled(customer)).toBe(before);
  });

  it('holds several customers without touching each other', async () => {
    const { session } = platform;
    const [one, two] = [someCustomer(5).remoteId, someCustomer(6).remoteId];
    await session.placeHold(one, { id: 'h-2', reason: 'overdue', day: DAY });
    await session.placeHold(two, { id: 'h-3', reason: 'overdue', day: DAY });
    await session.releaseHold(one);
    expect((await session.readHold(one)).held).toBe(false);
    expect((await session.readHold(two)).held).toBe(true);
    await session.releaseHold(two);
  });

  it('sends an invoice once for a key and proves it by what the platform shows', async () => {
    const { session, emulator, clock } = platform;
    const invoice = [...mirror.invoices.values()].find(
      (row) => row.status === 'open' && (mirror.customers.get(row.customerId)?.emails.length ?? 0) > 0,
    )!;
    const before = emulator.effects.list(name === 'xero' ? 'invoice-email' : 'invoice-send').length;
    const startedMs = clock.nowMs();
    const platformMs = emulator.clock.nowMs();
    expect((await session.findSend(invoice.remoteId, startedMs)).found).toBe(false);
    const key = `reminder-${'x'.repeat(140)}`;
    await session.sendInvoice(invoice.remoteId, key);
    await session.sendInvoice(invoice.remoteId, key);
    expect(emulator.effects.list(name === 'xero' ? 'invoice-email' : 'invoice-send').length - before).toBe(1);
    const evidence = await session.findSend(invoice.remoteId, startedMs);
    expect(evidence.found).toBe(true);
    expect(evidence.atMs).toBeGreaterThanOrEqual(platformMs - 1_000);
    emulator.clock.set(emulator.clock.nowMs() + 3_600_000);
    expect((await session.findSend(invoice.remoteId, clock.nowMs())).found).toBe(false);
  });

  it('keeps notes where the platform has a timeline, and says so where it has none', async () => {
    const { session } = platform;
    const customer = someCustomer(7).remoteId;
    const note = { id: 'n-42', text: `Held by Holdfast: ${'reason '.repeat(60)}` };
    if (!session.capabilities.history) {
      await expect(session.addNote(customer, note)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
      return;
    }
    expect(await session.findNote(customer, note.id)).toBe(false);
    await session.addNote(customer, note);
    expect(await session.findNote(customer, note.id)).toBe(true);
    expect(await session.findNote(customer, 'n-4')).toBe(false);
    const [written] = platform.emulator.effects.list('history-note').slice(-1);
    const details = /"Details":"([^"]*)"/.exec(written?.body ?? '')?.[1] ?? '';
    expect(details.length).toBeLessThanOrEqual(250);
    expect(details).toContain('[hf:n-42]');
  });

  it('gives rates where the platform keeps a list', async () => {
    const foreign = [...mirror.invoices.values()].find((row) => row.rate !== '1' && row.rate !== null);
    const rates = await platform.session.readRates(
      foreign === undefined ? [] : [foreign.currency, 'XXX'],
      DAY,
    );
    if (name === 'xero') expect(rates).toEqual([]);
    else expect(rates).toEqual([expect.objectContaining({ currency: foreign!.currency })]);
  });

  it('counts its calls', () => {
    expect(platform.session.calls()).toBeGreaterThan(10);
  });

  it('refuses a document that is not there with a code and without a guess', async () => {
    const nothing = (name === 'xero' ? '00000000-0000-4000-8000-00000000dead' : '888888') as DocumentId;
    await expect(platform.session.sendInvoice(nothing, 'k')).rejects.toMatchObject({ sent: 'refused' });
  });
});
