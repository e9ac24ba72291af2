import { describe, expect, it } from 'vitest';
import { readQuarantined } from '../../src/mirror/index.ts';
import { faultWorld, plainUrl, PLATFORMS, type FaultWorld } from './fault-world.ts';
import { expectInvariants } from './invariants.ts';
import { startSpoilingProxy } from './spoiling-proxy.ts';
import { mirrorTotals, sourceTotals } from './source-totals.ts';

const MB = 1024 * 1024;
const LIST = { xero: /\/Invoices\?/, quickbooks: /FROM Invoice\b/ };

/** Changes the text of each page of invoices on its way; some page must be changed. */
function changeText(world: FaultWorld, change: (text: string) => string): { changed(): number } {
  let changed = 0;
  world.wire = async (request, next) => {
    const reply = await next(request);
    if (!LIST[world.name].test(plainUrl(request)) || !reply.ok) return reply;
    const headers = new Headers(reply.headers);
    headers.delete('content-length');
    const before = await reply.text();
    const after = change(before);
    if (after !== before) changed += 1;
    return new Response(after, { status: reply.status, headers });
  };
  return { changed: () => changed };
}

type Native = Record<string, unknown>;

/** Puts a raw text in the place of one field of invoice A1. */
function spoilField(world: FaultWorld, field: string, raw: string): { changed(): number } {
  return changeText(world, (text) => {
    const json = JSON.parse(text) as { Invoices?: Native[]; QueryResponse?: { Invoice?: Native[] } };
    const rows = json.Invoices ?? json.QueryResponse?.Invoice ?? [];
    const row = rows.find((one) => [one['InvoiceNumber'], one['DocNumber']].includes('A1'));
    if (row === undefined) return text;
    row[field] = '@spoiled@';
    return JSON.stringify(json).replace('"@spoiled@"', () => raw);
  });
}

/** Made once for all: it is packed as it is asked for. */
const bomb = Buffer.alloc(200 * MB, 0x20);

describe.each(PLATFORMS)('a hostile page of %s', (name) => {
  const due = name === 'xero' ? 'AmountDue' : 'Balance';
  const id = name === 'xero' ? 'InvoiceID' : 'Id';

  it.each([
    ['beyond all numbers', '1e400'],
    ['below all numbers', '-1e400'],
    ['a text', '"a lot"'],
    ['an object', '{}'],
    ['nested deeply', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['larger than money can be counted exactly', '90071992547409930.25'],
  ])(
    'fault 17: with an amount that is %s is not believed: the row is set aside, the others are kept',
    async (_what, amount) => {
      const world = await faultWorld(name);
      const spoiled = spoilField(world, due, amount);
      await world.sync();
      expect(spoiled.changed()).toBeGreaterThan(0);
      const quarantined = await readQuarantined(world.app.store.reader, world.id);
      expect(quarantined).toMatchObject([{ kind: 'invoice', customerId: world.staff().idOf('Ash') }]);
      const mirror = await mirrorTotals(world.app.store.reader, world.id);
      expect(mirror.rows.invoices).toBe(3);
      world.wire = null;
      await world.sync({ full: true });
      expect(await readQuarantined(world.app.store.reader, world.id)).toEqual([]);
      await expectInvariants(world);
    },
  );

  it.each([
    ['a number beyond what can be told apart', '9007199254740993'],
    ['a number', '77'],
    ['null', 'null'],
    ['empty', '""'],
    ['a list', '[1]'],
  ])('fault 17: with an id that is %s never becomes a row of another id', async (_what, value) => {
    const world = await faultWorld(name);
    const spoiled = spoilField(world, id, value);
    await world.sync();
    expect(spoiled.changed()).toBeGreaterThan(0);
    const ids = (await world.app.store.reader.selectFrom('invoice').select('remote_id').execute()).map(
      (row) => row.remote_id,
    );
    const served = ['A2', 'B1', 'C1'].map((number) => world.staff().invoiceId(number));
    expect(ids.sort()).toEqual(served.sort());
    expect(await readQuarantined(world.app.store.reader, world.id)).toHaveLength(1);
    world.wire = null;
    await world.sync({ full: true });
    await expectInvariants(world);
  });

  it('fault 17: with an id of many digits keeps each of them', async () => {
    const world = await faultWorld(name);
    const long = name === 'xero' ? 'ffffffff-ffff-4fff-8fff-900719925474' : '9007199254740993';
    spoilField(world, id, `"${long}"`);
    await world.sync();
    const ids = (await world.app.store.reader.selectFrom('invoice').select('remote_id').execute()).map(
      (row) => row.remote_id,
    );
    expect(ids).toContain(long);
  });

  it('fault 17: that names a field twice is read one way, and the next pages put it right', async () => {
    const world = await faultWorld(name);
    changeText(world, (text) => text.replaceAll(`"${due}":`, `"${due}":"first","${due}":`));
    await world.sync();
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(
      sourceTotals(world.emulator, name, world.company()),
    );
    await expectInvariants(world);
  });

  it.each([
    ['a key of every object', '"__proto__":{"polluted":"yes"},'],
    ['a constructor', '"constructor":{"prototype":{"polluted":"yes"}},'],
  ])('fault 17: with %s as a field changes nothing else', async (_what, field) => {
    const world = await faultWorld(name);
    changeText(world, (text) =>
      text.replaceAll(`{"${id}":`, `{${field}"${id}":`).replace(/^\{/, `{${field}`),
    );
    await world.sync();
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(await mirrorTotals(world.app.store.reader, world.id)).toEqual(
      sourceTotals(world.emulator, name, world.company()),
    );
    await expectInvariants(world);
  });

  it('fault 17: nested a hundred thousand deep is refused or set aside, and the process lives', async () => {
    const world = await faultWorld(name);
    await world.sync();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const list = name === 'xero' ? 'Invoices' : 'Invoice';
    changeText(world, (text) => text.replace(new RegExp(`"${list}":\\s*\\[`), `$&${deep},`));
    await world
      .sync({ full: true })
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'PLATFORM_BAD_REPLY' }));
    await expectInvariants(world);
  });

  it('fault 17: of 200 MB is not read to its end, nor kept', async () => {
    const world = await faultWorld(name);
    await world.sync();
    let carried = 0;
    let pages = 0;
    const spaces = new Uint8Array(MB).fill(0x20);
    world.wire = async (request, next) => {
      const reply = await next(request);
      if (!LIST[name].test(plainUrl(request))) return reply;
      pages += 1;
      let left = 200;
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          carried += 1;
          if ((left -= 1) < 0) controller.close();
          else controller.enqueue(spaces);
        },
      });
      return new Response(endless, { status: 200, headers: { 'content-type': 'application/json' } });
    };
    expect(await world.failure(world.sync({ full: true }))).toMatchObject({ code: 'PLATFORM_BAD_REPLY' });
    expect(carried / pages, 'MB that were read of each').toBeLessThanOrEqual(70);
    await expectInvariants(world);
  });

  it('fault 17: that unpacks to 200 MB is not unpacked to its end', async () => {
    const world = await faultWorld(name, { http: true });
    const proxy = await startSpoilingProxy(world);
    await world.sync();
    proxy.deliver(LIST[name], { framing: 'length', gzip: true, change: () => bomb });
    expect(await world.failure(world.sync({ full: true }))).toMatchObject({ code: 'PLATFORM_BAD_REPLY' });
    expect(proxy.spoiled()).toBeLessThanOrEqual(4);
    await expectInvariants(world);
  });
});
