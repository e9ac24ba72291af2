import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readReconciliation } from '../../src/facts/index.ts';
import { runProgram, type ProgramResult } from '../support/run-program.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const HOUR_MS = 3_600_000;

let world: World;
beforeEach(async () => {
  world = await startWorld({
    quickbooks: [
      smallBook('harbour', [
        { name: 'Ash', limit: '1000', bills: [bill('A1', 2, 200_00), bill('A2', -20, 1200_00)] },
        { name: 'Birch', bills: [bill('B1', -2, 50_00)] },
      ]),
    ],
    mail: false,
  });
});
afterEach(() => world.close());

/** The program as a user runs it, on the world's data and at the world's time. */
async function holdfast(...args: string[]): Promise<ProgramResult> {
  const offset = String(Math.round(world.emulator.clock.offsetMs()));
  const env = { ...process.env, ...world.env, HOLDFAST_CLOCK_OFFSET_MS: offset };
  return runProgram(process.execPath, [MAIN, ...args], { cwd: process.cwd(), env });
}
const json = async (...args: string[]): Promise<Record<string, unknown>[]> =>
  JSON.parse((await holdfast(...args, '--json')).stdout) as Record<string, unknown>[];

/** A sync that fails, some hours later. */
async function failLater(): Promise<void> {
  world.pass(5 * HOUR_MS);
  world.emulator.faults.add({ path: '/v3/company/*/cdc', status: 400, body: { Fault: { type: 'x' } } });
  world.emulator.faults.add({ path: '/v3/company/*/query', status: 503 });
  expect((await holdfast('sync')).code).toBe(5);
  world.emulator.faults.clear();
}

describe('while the newest run is not published', () => {
  it('facts and flags show what the last night saved, and say how old it is and why', async () => {
    await world.night();
    const [facts, flags] = [await json('facts'), await json('flags')];
    expect(facts.filter((one) => 'saved' in one)).toEqual([]);
    await failLater();
    const note = {
      run: 2,
      publishedAt: expect.stringMatching(/^2026-03-11T10:/) as string,
      because: expect.stringMatching(/^Sync run \d+ of .* is failed/) as string,
    };
    const owing = facts.filter((one) => (one['byCurrency'] as unknown[]).length > 0);
    const byName = (one: Record<string, unknown>): string => JSON.stringify(one['customer']);
    const sorted = (all: Record<string, unknown>[]) =>
      all.toSorted((a, b) => (byName(a) < byName(b) ? -1 : 1));
    expect(sorted(await json('facts'))).toEqual(sorted(owing.map((one) => ({ ...one, saved: note }))));
    expect(sorted(await json('flags'))).toEqual(sorted(flags.map((one) => ({ ...one, saved: note }))));
    expect((await holdfast('facts')).stdout).toMatch(
      /Saved figures of 2026-03-11, run 2, 5 hours old: Sync run \d+ of .* is failed/,
    );
    expect((await holdfast('flags', '--customer', 'Ash')).stdout).toContain('Saved figures of 2026-03-11');
    expect((await json('facts', '--customer', 'Birch')).map((one) => one['saved'])).toEqual([note]);
  });

  it('nothing is decided from saved figures, and the next good run brings the new ones back', async () => {
    await world.night();
    await failLater();
    const decide = await holdfast('decide', '--json');
    expect(decide.code).toBe(6);
    expect(decide.stderr).toMatch(/run \d+ .*is failed/);
    expect((await holdfast('sync')).code).toBe(0);
    expect((await json('facts')).filter((one) => 'saved' in one)).toEqual([]);
  });

  it('a company that was never judged has no figures at all', async () => {
    await failLater();
    expect(JSON.parse((await holdfast('facts', '--json')).stderr)).toMatchObject({
      error: { code: 'SYNC_UNFINISHED' },
    });
  });
});

describe('the comparison of balances', () => {
  it('is kept after every published run, and shown with that run', async () => {
    await world.night();
    const [id] = world.ids;
    const saved = await readReconciliation(world.app.store.reader, id!);
    expect(saved).toMatchObject({ compared: 2, differences: [], exact: true });
    const [element] = await json('reconcile');
    expect(element).toMatchObject({ run: saved?.run, exact: true, compared: 2, differences: [] });
    world.pass(HOUR_MS);
    await holdfast('sync');
    const next = await readReconciliation(world.app.store.reader, id!);
    expect(next?.run).toBe((saved?.run ?? 0) + 1);
  });

  it('that differs is listed, and doctor says so', async () => {
    await world.night();
    await world.app.store.write((tx) =>
      tx.updateTable('customer').set({ platform_balance_minor: 1 }).where('name', '=', 'Birch').execute(),
    );
    world.pass(HOUR_MS);
    await holdfast('sync');
    const [element] = await json('reconcile');
    expect(element).toMatchObject({
      differences: [{ customer: { name: 'Birch' }, mirrorMinor: 50_00, platformMinor: 1 }],
    });
    const doctor = await holdfast('doctor', '--offline');
    expect(doctor.stdout).toMatch(/warning .*1 of 2 balances differ from the platform's own/);
  });
});

describe('a sync of a new company', () => {
  it('says first what it will cost, and keeps --json to itself', async () => {
    const run = () => world.app.store.write((tx) => tx.deleteFrom('run').execute());
    await run();
    const { stderr, stdout } = await holdfast('sync');
    expect(stderr).toMatch(
      /First sync of .+: about \d+ rows in \d+ calls, (about \d+ minutes?|less than a minute)/,
    );
    expect(stdout).not.toContain('First sync');
    await run();
    expect((await holdfast('sync', '--json')).stderr).toBe('');
  });
});

describe('a row that may be anybody’s', () => {
  it('keeps everybody from being judged, and doctor and quarantine say so', async () => {
    await world.night();
    const [connection_id] = world.ids;
    await world.app.store.write((tx) =>
      tx
        .insertInto('quarantine')
        .values({
          connection_id: connection_id!,
          kind: 'invoice',
          remote_id: '999',
          customer_id: null,
          reason: 'CustomerRef: found nothing',
          run: 1,
        })
        .execute(),
    );
    const flags = await json('flags');
    expect(new Set(flags.map((flag) => flag['rule']))).toEqual(new Set(['cannot-decide']));
    expect(await json('quarantine')).toMatchObject([{ customer: null, concernsEverybody: true }]);
    expect((await holdfast('doctor', '--offline')).stdout).toMatch(
      /fault .*1 record could not be understood, nor whose they are: nothing is decided about anybody/,
    );
  });
});
