import { describe, expect, it } from 'vitest';
import { quickBooksFault } from '../../emulator/ready-faults.ts';
import type { Fault } from '../../emulator/core/faults.ts';
import { faultWorld, plainUrl, PLATFORMS, READS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
import { startSpoilingProxy, type Delivery } from './spoiling-proxy.ts';
import { mirrorTotals, sourceTotals } from './source-totals.ts';

/** The list of invoices in a full sync. */
const LIST = { xero: /\/Invoices\?/, quickbooks: /FROM Invoice\b/ };

const cursorOf = (world: FaultWorld): Promise<unknown> =>
  world.app.store.reader.selectFrom('cursor').selectAll().where('stream', '=', 'invoices').execute();

/** A full sync must fail, and leave the cursor of the spoiled stream and every open item as they were. */
async function expectRejectedWhole(world: FaultWorld): Promise<void> {
  const before = await mirrorTotals(world.app.store.reader, world.id);
  const cursor = await cursorOf(world);
  const error = await world.failure(world.sync({ full: true }));
  expect(error.retryable).toBe(true);
  expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(before);
  expect(await cursorOf(world)).toEqual(cursor);
}

describe.each(PLATFORMS)('a page of %s', (name) => {
  const json = { 'content-type': 'application/json' };
  /** What must never pass for "no rows". */
  const NO_ANSWERS: [string, Fault][] = [
    ['an empty body', { status: 200, headers: json, body: '' }],
    ['a body of spaces', { status: 200, headers: json, body: '  \n' }],
    ['null', { status: 200, headers: json, body: 'null' }],
    ['a list', { status: 200, headers: json, body: '[]' }],
    ['an object of nothing', { status: 200, headers: json, body: '{}' }],
    ['a text', { status: 200, headers: json, body: '"none"' }],
    [
      'rows that are no list',
      { status: 200, headers: json, body: { Invoices: {}, QueryResponse: { Invoice: {} } } },
    ],
    ['rows that are null', { status: 200, headers: json, body: { Invoices: null, QueryResponse: null } }],
    [
      'JSON under another type',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '{"Invoices":[]}' },
    ],
    [
      'XML',
      {
        status: 200,
        headers: { 'content-type': 'application/xml' },
        body: '<Response><Invoices/></Response>',
      },
    ],
    ['XML that claims to be JSON', { status: 200, headers: json, body: '<Response><Invoices/></Response>' }],
    ['204', { status: 204 }],
    [
      'a fault in upper case',
      {
        status: 200,
        headers: json,
        body: { Fault: { Error: [{ Message: 'no', code: '10000' }], type: 'SystemFault' } },
      },
    ],
    [
      'Xero’s exception',
      {
        status: 200,
        headers: json,
        body: {
          ErrorNumber: 10,
          Type: 'ValidationException',
          Message: 'A validation exception occurred',
          Elements: [],
        },
      },
    ],
  ];

  it.each(NO_ANSWERS)('fault 16: that is %s is an error, not "no rows"', async (_what, fault) => {
    const world = await faultWorld(name);
    await world.sync();
    world.emulator.faults.add({ path: READS[name].list, ...fault });
    const before = await mirrorTotals(world.app.store.reader, world.id);
    await world.failure(world.sync({ full: true }));
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(before);
    await expectInvariants(world);
  });

  it.each(NO_ANSWERS)(
    'fault 16: of changes that is %s is an error, not "no change"',
    async (_what, fault) => {
      const world = await faultWorld(name);
      await world.sync();
      world
        .staff()
        .bill('Cedar', { number: 'C7', amountMinor: 77_00, date: '2026-03-01', due: '2026-03-31' });
      world.pass(3_600_000);
      world.emulator.faults.add({ path: READS[name].changes, ...fault });
      await world.sync().then(
        async () =>
          expect(
            await mirrorTotals(world.app.store.reader, world.id),
            'if it goes on, it must have read the change',
          ).toEqual(sourceTotals(world.emulator, name, world.company())),
        () => undefined,
      );
      await expectInvariants(world);
    },
  );

  it('fault 15: cut at any byte is rejected whole, and the cursor stays', { timeout: 60_000 }, async () => {
    const world = await faultWorld(name, { http: true });
    const proxy = await startSpoilingProxy(world);
    await world.sync();
    const cuts = [0, 1, 2, 17, 100, 512, 999, 1_500];
    for (const framing of ['length', 'chunked'] as const) {
      for (const cutAtByte of cuts) {
        proxy.deliver(LIST[name], { framing, cutAtByte });
        await expectRejectedWhole(world);
      }
    }
    expect(proxy.spoiled()).toBeGreaterThanOrEqual(2 * cuts.length);
    await expectInvariants(world);
  });

  it('fault 15: cut just before its end is rejected whole, plain and packed', async () => {
    const world = await faultWorld(name, { http: true });
    const proxy = await startSpoilingProxy(world);
    await world.sync();
    let size = 0;
    const measure = (body: Buffer): Buffer => {
      size = body.length;
      return body;
    };
    proxy.deliver(LIST[name], { framing: 'length', change: measure }, 1);
    await world.sync({ full: true });
    for (const framing of ['length', 'chunked'] as const) {
      proxy.deliver(LIST[name], { framing, cutAtByte: size - 1 });
      await expectRejectedWhole(world);
      proxy.deliver(LIST[name], { framing, cutAtByte: 120, gzip: true });
      await expectRejectedWhole(world);
    }
    await expectInvariants(world);
  });

  const SPOILED: [string, Delivery][] = [
    [
      'another charset',
      {
        framing: 'length',
        change: (body) => Buffer.from(body.toString('utf8').replace('"', '"\u00c4'), 'latin1'),
      },
    ],
    [
      'UTF-16',
      { framing: 'length', change: (body) => Buffer.from(`\ufeff${body.toString('utf8')}`, 'utf16le') },
    ],
    [
      'half a character',
      {
        framing: 'length',
        change: (body) => Buffer.from(body.toString('latin1').replace('"', '"\xc3'), 'latin1'),
      },
    ],
    [
      'NUL bytes at the end',
      { framing: 'chunked', change: (body) => Buffer.concat([body, Buffer.from([0, 0])]) },
    ],
    ['twice the same', { framing: 'chunked', change: (body) => Buffer.concat([body, body]) }],
  ];

  it.each(SPOILED)('fault 15: in %s is rejected whole', async (_what, delivery) => {
    const world = await faultWorld(name, { http: true });
    const proxy = await startSpoilingProxy(world);
    await world.sync();
    proxy.deliver(LIST[name], delivery);
    await expectRejectedWhole(world);
    expect(proxy.spoiled()).toBeGreaterThan(0);
    await expectInvariants(world);
  });

  it.each<[string, Delivery]>([
    [
      'with a byte order mark',
      { framing: 'length', change: (body) => Buffer.concat([Buffer.from('\ufeff'), body]) },
    ],
    ['in chunks and packed', { framing: 'chunked', gzip: true }],
    ['packed, with a length', { framing: 'length', gzip: true }],
  ])('fault 15: that comes whole %s is read', async (_what, delivery) => {
    const world = await faultWorld(name, { http: true });
    const proxy = await startSpoilingProxy(world);
    proxy.deliver(LIST[name], delivery);
    await world.sync();
    expect(proxy.spoiled()).toBeGreaterThan(0);
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(
      sourceTotals(world.emulator, name, world.company()),
    );
    await expectInvariants(world);
  });

  it('fault 15: whose packing is broken is rejected whole', async () => {
    const world = await faultWorld(name);
    await world.sync();
    world.emulator.faults.add({ path: READS[name].list, headers: { 'content-encoding': 'gzip' } });
    world.wire = async (request, next) => {
      const reply = await next(request);
      if (!LIST[name].test(plainUrl(request))) return reply;
      const broken = new ReadableStream({
        start: (controller) => controller.error(new TypeError('incorrect header check')),
      });
      return new Response(broken, { status: 200, headers: reply.headers });
    };
    await expectRejectedWhole(world);
    await expectInvariants(world);
  });
});

describe('the faults of quickbooks', () => {
  it.each(['json', 'gateway', 'xml', 'http-200'] as const)(
    'fault 16: in the shape "%s" are faults',
    async (shape) => {
      const world = await faultWorld('quickbooks');
      await world.sync();
      world.emulator.faults.add({ ...quickBooksFault(shape), path: READS.quickbooks.list });
      const before = await mirrorTotals(world.app.store.reader, world.id);
      await world.failure(world.sync({ full: true }));
      expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(before);
      world.emulator.faults.clear();
      await world.connect();
      await expectInvariants(world);
    },
  );
});
