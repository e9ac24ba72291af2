import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createApp, type App } from '../../src/app.ts';
import { verifyAudit } from '../../src/audit/index.ts';
import { parseConfig } from '../../src/config.ts';
import { dayAt } from '../../src/domain/index.ts';
import { describeFacts } from '../../src/facts/index.ts';
import { readConnection, readLastRun, syncConnection } from '../../src/mirror/index.ts';
import { judge } from '../../src/nightly.ts';
import { isDeadProcess } from '../../src/store/process-mark.ts';
import { mirrored } from '../support/mirrored.ts';
import { bill, smallBook } from '../support/small-book.ts';
import type { World } from '../support/world.ts';

/** A company with some hundred invoices: several pages, and transactions that take a while. */
export function busyBook(debtors = 12, billsEach = 30) {
  const many = Array.from({ length: debtors }, (_, d) => ({
    name: `Debtor ${String.fromCharCode(65 + d)}`,
    bills: Array.from({ length: billsEach }, (__, b) =>
      bill(`${d}-${b}`, (b % 120) - 40, 1000 + d * 100 + b),
    ),
  }));
  return smallBook('harbour', many);
}

/** A copy of a world's data directory, so that many crashes may begin from the same point. */
export interface Copy {
  readonly env: Record<string, string>;
  readonly file: string;
  open(): App;
  remove(): void;
}

export async function copyOf(world: World): Promise<Copy> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-copy-'));
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  const file = join(dataDir, 'holdfast.sqlite');
  await world.app.store.backup(file);
  const env = {
    ...world.env,
    HOLDFAST_DATA_DIR: dataDir,
    HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
  };
  return {
    env,
    file,
    open: () => createApp(parseConfig(env)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What is wrong with a database file that nobody has open; [] for a whole one. */
export function damages(file: string): string[] {
  const db = new Database(file);
  const found = db.pragma('integrity_check') as { integrity_check: string }[];
  db.close();
  return found.map((row) => row.integrity_check).filter((line) => line !== 'ok');
}

/** Everything that must be the same after a crash as without one. */
export async function endState(app: App, world: World): Promise<unknown> {
  const id = world.ids[0]!;
  const connection = await readConnection(app.store.reader, id);
  const run = await readLastRun(app.store.reader, id);
  const { day } = await judge(app, connection, dayAt(app.clock.nowMs(), connection.timeZone));
  return {
    rows: await mirrored(app, id),
    run: { number: run?.number, mode: run?.mode, state: run?.state },
    facts: day.facts.map(describeFacts),
  };
}

/** Syncs the first company to the end, as the next start of Holdfast would. */
export async function goOn(app: App, world: World): Promise<void> {
  const connection = await readConnection(app.store.reader, world.ids[0]!);
  await syncConnection(app.store, app.clock, connection, await app.openSession(connection));
}

/** Nothing is damaged, the chain holds and nobody holds a lease. Throws what is wrong. */
export async function expectSound(app: App, copy: Pick<Copy, 'file'>): Promise<void> {
  await verifyAudit(app.store.reader);
  const all = await app.store.reader.selectFrom('lease').select(['name', 'owner']).execute();
  // That of a process which is gone is nobody's: it is taken at once.
  const leases = all.filter(({ owner }) => owner !== '' && !isDeadProcess(owner));
  if (leases.length > 0) throw new Error(`left locked: ${leases.map((lease) => lease.name).join(', ')}`);
  const found = damages(copy.file);
  if (found.length > 0) throw new Error(`damaged: ${found.join('; ')}`);
}
