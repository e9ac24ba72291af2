import { describe, expect, it } from 'vitest';
import { busyDebtors } from './busy-book.ts';
import { faultWorld, plainUrl, PLATFORMS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
import { mirrorTotals, sourceTotals } from './source-totals.ts';

const LIST = { xero: /\/Invoices\?/, quickbooks: /FROM Invoice\b/ };

type Native = Record<string, unknown>;

/** Does something before each page of invoices is asked for; pages are counted from 1. */
function beforePage(world: FaultWorld, act: (page: number) => void): void {
  let page = 0;
  world.wire = async (request, next) => {
    if (LIST[world.name].test(plainUrl(request))) act((page += 1));
    return next(request);
  };
}

/** Changes the rows of each page of invoices on its way, and with them what the page says of itself. */
function changePages(
  world: FaultWorld,
  change: (rows: Native[], page: number, reply: Native) => Native[],
): void {
  let page = 0;
  world.wire = async (request, next) => {
    const reply = await next(request);
    if (!LIST[world.name].test(plainUrl(request)) || !reply.ok) return reply;
    const json = (await reply.json()) as Native;
    const holder = world.name === 'xero' ? json : (json['QueryResponse'] as Native);
    const key = world.name === 'xero' ? 'Invoices' : 'Invoice';
    const rows = change((holder[key] as Native[] | undefined) ?? [], (page += 1), json);
    if (rows.length === 0 && world.name === 'quickbooks') json['QueryResponse'] = {};
    else holder[key] = rows;
    const headers = new Headers(reply.headers);
    headers.delete('content-length');
    return new Response(JSON.stringify(json), { status: reply.status, headers });
  };
}

const invoiceIds = async (world: FaultWorld): Promise<Set<string>> => {
  const rows = await world.app.store.reader.selectFrom('invoice').select('remote_id').execute();
  return new Set(rows.map((row) => row.remote_id));
};

async function expectEqual(world: FaultWorld): Promise<void> {
  expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(
    sourceTotals(world.emulator, world.name, world.company()),
  );
}

describe.each(PLATFORMS)('pages of %s', (name) => {
  const ids = (world: FaultWorld): string[] =>
    world.emulator.state.db
      .prepare(`SELECT id FROM row WHERE company = ? AND entity = ? AND deleted = 0 ORDER BY seq`)
      .pluck()
      .all(world.company(), name === 'xero' ? 'Invoices' : 'Invoice') as string[];

  it.each([
    ['each changed in its own instant', 'spread', 1],
    ['stamped by the minute', 'spread', 60_000],
    ['all changed in one instant before', 'tied', 1],
    ['all changed in one instant before, stamped by the minute', 'tied', 60_000],
  ] as const)(
    'fault 20: whose rows shift while they are read lose and double none (%s)',
    async (_how, stamps, grainMs) => {
      const world = await faultWorld(name, {
        companies: [busyDebtors(2_150)],
        stamps,
        quirks: { xero: { updatedGrainMs: grainMs }, quickbooks: { updatedGrainMs: grainMs } },
      });
      const known = ids(world);
      const edits = world.edits();
      beforePage(world, (page) => {
        world.pass(1_500);
        if (page > 6) return;
        for (const id of known.slice(page * 30, page * 30 + 20)) edits.pay(id);
        edits.void(known[page * 30 + 25]!);
        edits.delete(known[page * 30 + 26]!);
        edits.createInvoice(world.staff().idOf('Customer 3'), 77_00 + page);
        if (page === 2) edits.archive(world.staff().idOf('Customer 8'));
        if (page === 3) edits.merge(world.staff().idOf('Customer 6'), world.staff().idOf('Customer 7'));
      });
      await world.sync();
      world.wire = null;
      const mirrored = await invoiceIds(world);
      const stillThere = new Set(ids(world));
      expect(
        known.filter((id) => stillThere.has(id) && !mirrored.has(id)),
        'rows that were missed',
      ).toEqual([]);
      await expectInvariants(world);
    },
  );

  it('fault 20: where whole pages of rows leave and come between two calls are read to the end', async () => {
    const world = await faultWorld(name, { companies: [busyDebtors(2_400)] });
    const known = ids(world);
    const edits = world.edits();
    beforePage(world, (page) => {
      world.pass(1_000);
      if (page === 2) for (const id of known.slice(0, 400)) edits.pay(id, 50);
      if (page === 3) for (const id of known.slice(1_900, 2_300)) edits.pay(id, 50);
    });
    await world.sync();
    world.wire = null;
    expect((await invoiceIds(world)).size).toBe(2_400);
    await expectInvariants(world);
  });

  it('fault 21: that bring a row twice keep its newest version, in whatever order they come', async () => {
    const world = await faultWorld(name, { companies: [busyDebtors(1_200)] });
    const [paid] = ids(world);
    let old: Native | null = null;
    changePages(world, (rows, page) => {
      if (page === 1) {
        old = rows.find((row) => [row['InvoiceID'], row['Id']].includes(paid)) ?? null;
        world.pass(2_000);
        world.edits().pay(paid!);
        return rows;
      }
      return old === null ? rows : [...rows, old];
    });
    await world.sync();
    expect(old).not.toBeNull();
    const row = await world.app.store.reader
      .selectFrom('invoice')
      .select('open_minor')
      .where('remote_id', '=', paid!)
      .executeTakeFirstOrThrow();
    expect(row.open_minor).toBe(0);
    changePages(world, (rows) => (old === null ? rows : [old, ...rows]));
    await world.sync({ full: true });
    await expectEqual(world);
    await expectInvariants(world);
  });

  it.each([1_000, 2_000, 1_001, 999])(
    'fault 22: that hold %d rows together are read to their end, once',
    async (rows) => {
      const world = await faultWorld(name, { companies: [busyDebtors(rows)] });
      const { counts } = await world.sync();
      expect(counts.created).toBe(rows + 10);
      expect(world.called(LIST[name]).length).toBeLessThanOrEqual(rows > 1_000 ? 5 : 3);
      await expectInvariants(world);
    },
  );

  it.each(['spread', 'tied'] as const)(
    'fault 22: that are smaller than asked for are read to their end (%s)',
    async (stamps) => {
      const world = await faultWorld(name, { companies: [busyDebtors(750)], stamps });
      world.wire = async (request, next) => {
        const url = request.url
          .replace('pageSize=1000', 'pageSize=100')
          .replace('MAXRESULTS+1000', 'MAXRESULTS+100');
        return next(new Request(url.replace('MAXRESULTS%201000', 'MAXRESULTS%20100'), request));
      };
      await world.sync();
      await expectEqual(world);
      await expectInvariants(world);
    },
  );

  it('fault 22: whose size changes from one to the next are read to their end', async () => {
    const world = await faultWorld(name, { companies: [busyDebtors(2_100)] });
    let call = 0;
    world.wire = async (request, next) => {
      const size = [1_000, 333, 1_000, 77][(call += 1) % 4] ?? 1_000;
      const url = request.url
        .replace('pageSize=1000', `pageSize=${size}`)
        .replace(/MAXRESULTS(\+|%20)1000/, `MAXRESULTS+${size}`);
      return next(new Request(url, request));
    };
    await world.sync();
    await expectEqual(world);
    await expectInvariants(world);
  });

  it('fault 22: with an empty one in the middle do not end there', async () => {
    const world = await faultWorld(name, { companies: [busyDebtors(2_300)] });
    changePages(world, (rows, page) => (page === 2 ? [] : rows));
    await world.sync();
    await expectInvariants(world);
  });

  it('fault 23: of rows that were all changed in one instant are read to the last row', async () => {
    const world = await faultWorld(name, { companies: [busyDebtors(2_200)], stamps: 'tied' });
    await world.sync();
    await expectEqual(world);
    const edits = world.edits();
    for (const id of ids(world).slice(0, 1_150)) edits.pay(id, 10);
    await world.sync();
    await expectEqual(world);
    await expectInvariants(world);
  });

  it.each([
    ['cuts the filter to minutes', { modifiedSinceGrainMs: 60_000 }, { updatedGrainMs: 60_000 }],
    ['leaves out the very instant asked for', { modifiedSinceInclusive: false }, { updatedGrainMs: 1_000 }],
    ['stamps by ten seconds', { updatedGrainMs: 10_000 }, { updatedGrainMs: 10_000 }],
  ])('fault 23: from a server that %s miss no change', async (_what, xero, quickbooks) => {
    const world = await faultWorld(name, { companies: [busyDebtors(1_300)], quirks: { xero, quickbooks } });
    await world.sync();
    await expectEqual(world);
    const edits = world.edits();
    for (const id of ids(world).slice(100, 130)) edits.pay(id, 10);
    await world.sync();
    await expectEqual(world);
    world.pass(137);
    for (const id of ids(world).slice(200, 230)) edits.pay(id, 10);
    await world.sync();
    await expectEqual(world);
    await expectInvariants(world);
  });
});

describe('pages of xero', () => {
  it.each([
    ['has no pagination', () => undefined],
    ['says that there is one page', (told: Native) => ({ ...told, pageCount: 1, itemCount: 1 })],
    ['says that there is none', (told: Native) => ({ ...told, pageCount: 0, itemCount: 0 })],
    ['counts too many', (told: Native) => ({ ...told, pageCount: 7, itemCount: 7_000 })],
    ['counts in words', (told: Native) => ({ ...told, pageCount: 'three' })],
  ])('fault 22: are read to their proven end where the server %s', async (_what, lie) => {
    const world = await faultWorld('xero', { companies: [busyDebtors(2_050)] });
    changePages(world, (rows, _page, reply) => {
      const told = lie(reply['pagination'] as Native);
      if (told === undefined) delete reply['pagination'];
      else reply['pagination'] = told;
      return rows;
    });
    await world.sync();
    expect(world.called(LIST.xero).length).toBeLessThan(20);
    await expectEqual(world);
    await expectInvariants(world);
  });
});
