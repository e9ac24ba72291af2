import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseDay } from '../../src/domain/index.ts';
import { judge } from '../../src/nightly.ts';
import { mirrored, type Mirrored } from '../support/mirrored.ts';
import { oneSample, sampleCompanies } from '../support/one-sample.ts';
import { startWorld, type World } from '../support/world.ts';

const fixtures = resolve(import.meta.dirname, '../../fixtures');

/** Written once by a sync, then checked line by line against the samples; what is left out was listed by hand. */
interface Expected extends Mirrored {
  /** Served records that are no part of a sales ledger, and why. */
  leftOut: { remoteId: string; because: string }[];
  /** What a file becomes by itself, where its records are replaced by newer ones when all are served. */
  alone: Record<string, Mirrored>;
}

const ENTITIES = {
  xero: ['Contacts', 'Invoices', 'CreditNotes', 'Overpayments', 'Prepayments', 'Payments'],
  quickbooks: ['Customer', 'Invoice', 'CreditMemo', 'Payment'],
};

let world: World;
afterEach(() => world.close());

describe.each(['xero', 'quickbooks'] as const)('the published samples of %s', (platform) => {
  const folder = `${fixtures}/${platform}/samples`;
  const text = readFileSync(`${folder}.expected.json`, 'utf8');
  const { leftOut, alone, ...expected } = JSON.parse(text) as Expected;

  async function sync(nativeCompanies = sampleCompanies(platform, folder)): Promise<Mirrored> {
    world = await startWorld({ nativeCompanies, mail: false });
    await world.sync();
    return mirrored(world.app, world.ids[0]!);
  }

  it('become the records that are written down, none of them in quarantine', async () => {
    expect(await sync()).toEqual(expected);
    expect(expected.quarantined).toEqual([]);
  });

  it('are mirrored without exception, but for those named with the reason', async () => {
    const found = await sync();
    const known = new Set(
      [found.customers, found.invoices, found.credits, found.payments].flatMap((rows) =>
        rows.map((row) => row['remote_id']),
      ),
    );
    const missing = served(ENTITIES[platform]).filter((id) => !known.has(id));
    expect(missing.sort()).toEqual(leftOut.map((record) => record.remoteId).sort());
  });

  it('stay as they are when they are pulled again, by the changes and by a full run', async () => {
    const first = await sync();
    await world.sync();
    expect(await mirrored(world.app, world.ids[0]!)).toEqual(first);
    await world.sync(world.ids[0], { full: true });
    expect(await mirrored(world.app, world.ids[0]!)).toEqual(first);
  });

  it.each(Object.keys(alone))(
    'become the records that are written down when %s is all there is',
    async (file) => {
      expect(await oneSample(platform, folder, file, sync)).toEqual(alone[file]);
    },
  );

  it('can be judged, the debtors that were not published among them', async () => {
    await sync();
    const { day } = await judge(world.app, await world.connection(), parseDay('2026-03-11'));
    const open = expected.invoices.filter((row) => row['status'] === 'open');
    const owing = day.facts
      .filter((one) => one.own.invoices.length > 0)
      .map((one) => String(one.customer.id));
    expect(owing.sort()).toEqual([...new Set(open.map((row) => String(row['customer_id'])))].sort());
  });
});

/** Ids of every record of these lists that the emulator serves and that was not deleted. */
function served(entities: readonly string[]): string[] {
  const marks = entities.map(() => '?').join(',');
  return world.emulator.state.db
    .prepare(`SELECT id FROM row WHERE entity IN (${marks}) AND deleted = 0`)
    .pluck()
    .all(...entities) as string[];
}
