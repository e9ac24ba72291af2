import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkDatabase } from '../../src/cli/doctor/check-database.ts';
import { CommandLine } from '../support/command-line.ts';
import { NOTHING, decidedOf, factsOf, judgement, quarantined } from './data-judged.ts';
import { idOf, restore, rewrite, type Json, type PerPlatform, type RecordKind } from './data-records.ts';
import { bill, smallBook, type Debtor } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

/** Each owes enough, for long enough, to be held and reminded. */
const debtors: Debtor[] = [
  { name: 'Ash', limit: '100', bills: [bill('A1', 2, 700_00), bill('A2', -20, 100_00)] },
  { name: 'Birch', limit: '100', bills: [bill('B1', 2, 700_00)] },
];

interface Variant {
  what: string;
  kind: RecordKind;
  name: string;
  /** Changes the record; null where the platform has no such field. */
  change: PerPlatform<((record: Json) => void) | null>;
  /** The field that the reason must name. */
  field: PerPlatform<RegExp>;
}

const set =
  (field: string, value: unknown) =>
  (record: Json): void => {
    record[field] = value;
  };
const both = (regex: RegExp): PerPlatform<RegExp> => ({ xero: regex, quickbooks: regex });

/** What a row may be that nobody foresaw. */
const variants: Variant[] = [
  {
    what: 'a status that nobody knows',
    kind: 'invoice',
    name: 'A1',
    change: { xero: set('Status', 'ESCROWED'), quickbooks: null },
    field: both(/Status/),
  },
  {
    what: 'a type that nobody knows',
    kind: 'invoice',
    name: 'A1',
    change: { xero: set('Type', 'ACCNEW'), quickbooks: null },
    field: both(/Type/),
  },
  {
    what: 'no amount that is due',
    kind: 'invoice',
    name: 'A1',
    change: { xero: set('AmountDue', undefined), quickbooks: set('Balance', undefined) },
    field: { xero: /AmountDue/, quickbooks: /Balance/ },
  },
  {
    what: 'null in the place of the amount that is due',
    kind: 'invoice',
    name: 'A1',
    change: { xero: set('AmountDue', null), quickbooks: set('Balance', null) },
    field: { xero: /AmountDue/, quickbooks: /Balance/ },
  },
  {
    what: 'its amount as text',
    kind: 'invoice',
    name: 'A1',
    change: { xero: set('AmountDue', '700.00'), quickbooks: set('Balance', '700.00') },
    field: { xero: /AmountDue/, quickbooks: /Balance/ },
  },
  {
    what: 'a list where its amount should be',
    kind: 'invoice',
    name: 'A1',
    change: { xero: set('Total', [700]), quickbooks: set('TotalAmt', [700]) },
    field: { xero: /Total/, quickbooks: /TotalAmt/ },
  },
  {
    what: 'no time of its change',
    kind: 'invoice',
    name: 'A1',
    change: { xero: set('UpdatedDateUTC', undefined), quickbooks: set('MetaData', {}) },
    field: { xero: /UpdatedDateUTC/, quickbooks: /LastUpdatedTime/ },
  },
  {
    what: 'a customer whose state nobody knows',
    kind: 'customer',
    name: 'Ash',
    change: { xero: set('ContactStatus', 'SUSPENDED'), quickbooks: set('Active', 'yes') },
    field: { xero: /ContactStatus/, quickbooks: /Active/ },
  },
  {
    what: 'a customer whose name is a number',
    kind: 'customer',
    name: 'Ash',
    change: { xero: set('Name', 7), quickbooks: set('DisplayName', 7) },
    field: { xero: /Name/, quickbooks: /DisplayName/ },
  },
];

describe.each(['xero', 'quickbooks'] as const)('a row on %s that is not as expected', (platform) => {
  async function open(): Promise<void> {
    world = await startWorld({ [platform]: [smallBook('harbour', debtors)] });
  }
  const applicable = variants.filter((one) => one.change[platform] !== null);

  it.each(applicable)('fault 31: $what is set aside, and nothing is decided of its customer', async (one) => {
    await open();
    const [ash, intact] = [world.staff().idOf('Ash'), idOf(world, one.kind, one.name)];
    rewrite(world, one.kind, one.name, one.change[platform]!);
    world.pass(60_000);
    await world.night();
    await world.dispatch();

    expect(await quarantined(world)).toEqual([
      expect.objectContaining({
        kind: one.kind,
        customerId: ash,
        reason: expect.stringMatching(one.field[platform]) as string,
      }),
    ]);
    const { flags } = await judgement(world);
    expect(flags.filter((flag) => flag.customerId === ash).map((flag) => flag.rule)).toEqual([
      'cannot-decide',
    ]);
    expect(await decidedOf(world, 'Ash', ash)).toEqual(NOTHING);
    expect(await decidedOf(world, 'Birch')).toMatchObject({ standing: 'hold', held: true, mails: 1 });

    // Somebody corrects it on the platform: the next night decides.
    restore(world, one.kind, intact);
    world.moveTo('2026-03-12T10:00:00Z');
    await world.night();
    await world.dispatch();
    expect(await quarantined(world)).toEqual([]);
    expect(await decidedOf(world, 'Ash')).toMatchObject({ standing: 'hold', held: true, mails: 1 });
  });

  it('fault 31: what was set aside is shown by the doctor and by `holdfast quarantine`, with the reason', async () => {
    await open();
    rewrite(world, 'invoice', 'A1', set(platform === 'xero' ? 'AmountDue' : 'Balance', 'much'));
    world.pass(60_000);
    await world.sync();
    const [row] = await quarantined(world);
    const findings = await checkDatabase(world.app.config, true);
    expect(
      findings
        .filter((one) => one.severity !== 'ok')
        .map((one) => one.text)
        .join('\n'),
    ).toContain(row!.reason);
    const line = new CommandLine(world.env);
    onTestFinished(() => line.remove());
    const shown = await line.runWith({ HOLDFAST_LOG: 'silent' }, 'quarantine', '--json');
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain(JSON.stringify(row!.reason).slice(1, -1));
    expect(shown.stdout).toContain('"Ash"');
  });

  it('fault 31: a field that nobody knows is no reason to leave a row out', async () => {
    await open();
    for (const [kind, name] of [
      ['customer', 'Ash'],
      ['invoice', 'A1'],
    ] as const)
      rewrite(world, kind, name, (record) =>
        Object.assign(record, { NewIn2027: { deep: [1, { x: null }] } }),
      );
    world.pass(60_000);
    await world.night();
    expect(await quarantined(world)).toEqual([]);
    expect((await factsOf(world, 'Ash')).own.base?.exposureMinor).toBe(800_00);
  });

  it('fault 31: null means the same as a field that is absent', async () => {
    await open();
    const optional = {
      xero: ['Reference', 'CurrencyRate', 'EmailAddress', 'AccountNumber', 'Addresses'],
      quickbooks: ['DocNumber', 'ExchangeRate', 'PrivateNote', 'Notes', 'BillAddr', 'ParentRef'],
    }[platform];
    const [customer, invoice] = [idOf(world, 'customer', 'Birch'), idOf(world, 'invoice', 'B1')];
    const mirroredWith = async (value: null | undefined): Promise<string> => {
      for (const [kind, id] of [
        ['customer', customer],
        ['invoice', invoice],
      ] as const)
        rewrite(world, kind, id, (record) => optional.forEach((field) => (record[field] = value)));
      world.pass(60_000);
      await world.sync();
      const facts = await factsOf(world, 'Birch');
      return JSON.stringify([facts.customer, facts.own]);
    };
    const withNull = await mirroredWith(null);
    expect(await mirroredWith(undefined)).toBe(withNull);
    expect(await quarantined(world)).toEqual([]);
  });

  it('fault 31: a row that no longer says whose it is stops the customer under whom it was known', async () => {
    await open();
    await world.sync();
    rewrite(world, 'invoice', 'A1', (record) => {
      delete record['Contact'];
      delete record['CustomerRef'];
    });
    world.pass(60_000);
    await world.night();
    await world.dispatch();
    expect(await quarantined(world)).toEqual([expect.objectContaining({ kind: 'invoice' })]);
    expect((await factsOf(world, 'Ash')).incomplete).toBe(true);
    expect(await decidedOf(world, 'Ash')).toEqual(NOTHING);
    expect(await decidedOf(world, 'Birch')).toMatchObject({ held: true, mails: 1 });
  });

  it('fault 31: rows without an id are all listed, and forgotten once they have one', async () => {
    await open();
    const idField = { xero: 'InvoiceID', quickbooks: 'Id' }[platform];
    const [first, second] = [idOf(world, 'invoice', 'A1'), idOf(world, 'invoice', 'A2')];
    for (const id of [first, second])
      rewrite(world, 'invoice', id, (record) => void (record[idField] = null));
    world.pass(60_000);
    await world.night();
    expect(await quarantined(world)).toHaveLength(2);
    expect(await decidedOf(world, 'Ash')).toEqual(NOTHING);
    for (const id of [first, second]) rewrite(world, 'invoice', id, (record) => void (record[idField] = id));
    world.moveTo('2026-03-12T10:00:00Z');
    await world.night();
    expect(await quarantined(world)).toEqual([]);
    expect(await decidedOf(world, 'Ash')).toMatchObject({ standing: 'hold', held: true });
  });

  it('fault 31: rows that still have no id a day later stay listed, and stop nobody else', async () => {
    await open();
    await world.sync();
    const idField = { xero: 'InvoiceID', quickbooks: 'Id' }[platform];
    const ids = [idOf(world, 'invoice', 'A1'), idOf(world, 'invoice', 'A2')];
    for (const id of ids) rewrite(world, 'invoice', id, (record) => void (record[idField] = null));
    for (const at of ['2026-03-12T10:00:00Z', '2026-03-13T10:00:00Z']) {
      world.moveTo(at);
      await world.night();
      expect(await quarantined(world)).toHaveLength(2);
      expect((await factsOf(world, 'Ash')).incomplete).toBe(true);
    }
    await world.dispatch();
    expect(await decidedOf(world, 'Ash')).toEqual(NOTHING);
    expect(await decidedOf(world, 'Birch')).toMatchObject({ held: true });

    for (const id of ids) rewrite(world, 'invoice', id, (record) => void (record[idField] = id));
    world.pass(60_000);
    await world.sync(undefined, { full: true });
    expect(await quarantined(world)).toEqual([]);
    expect((await factsOf(world, 'Ash')).own.base?.exposureMinor).toBe(800_00);
  });

  it('fault 31: a customer without an id may be anybody', async () => {
    await open();
    const idField = { xero: 'ContactID', quickbooks: 'Id' }[platform];
    rewrite(world, 'customer', 'Ash', (record) => void (record[idField] = null));
    world.pass(60_000);
    await world.night();
    expect(await quarantined(world)).toMatchObject([{ kind: 'customer', customerId: null }]);
    expect((await decidedOf(world, 'Birch')).intents).toEqual([]);
  });

  it('fault 31: a broken row stops what was already planned for its customer, and nobody else', async () => {
    await open();
    await world.night();
    expect((await decidedOf(world, 'Ash')).intents).toContain('reminder ready');
    rewrite(world, 'invoice', 'A2', (record) => {
      record['AmountDue'] = 'much';
      record['Balance'] = 'much';
    });
    world.pass(60_000);
    await world.sync();
    const { lines } = await world.dispatch();
    expect(lines.find((line) => line.kind === 'reminder' && line.customerName === 'Ash')).toMatchObject({
      state: 'ready',
      detail: expect.stringMatching(/could not be read/) as string,
    });
    expect((await decidedOf(world, 'Ash')).mails).toBe(0);
    expect((await decidedOf(world, 'Birch')).mails).toBe(1);
  });
});
