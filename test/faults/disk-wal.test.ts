import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.ts';
import { verifyAudit } from '../../src/audit/index.ts';
import { checkDatabase } from '../../src/cli/doctor/check-database.ts';
import { parseConfig, type Config } from '../../src/config.ts';
import { readPublishedRun } from '../../src/mirror/index.ts';
import { damages, endState } from './crash-copies.ts';
import { tempDir } from '../support/temp-store.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const HEADER_BYTES = 32;
const FRAME_BYTES = 4096 + 24;
/** Bytes at which the log is cut besides all ends of frames: within headers, at the first and last of a frame. */
const ODD_CUTS = [1, 31, 33, 55, 56, 57, FRAME_BYTES + 31, FRAME_BYTES * 3 + 100, FRAME_BYTES * 7 - 1];

const book = smallBook(
  'harbour',
  Array.from({ length: 20 }, (_, i) => ({
    name: `Debtor ${String.fromCharCode(65 + i)}`,
    bills: [bill(`B${i}`, i, 100_00 + i)],
  })),
);

async function open(platform: 'xero' | 'quickbooks' = 'xero'): Promise<void> {
  world = await startWorld({ [platform]: [book], mail: false });
}

/** Null when it was refused with a clear word. */
function openedOrRefused(config: Config): App | null {
  try {
    return createApp(config);
  } catch (error) {
    expect(error).toMatchObject({ code: 'DATABASE_FAILED', hint: expect.stringMatching(/\S/) as string });
    return null;
  }
}

/** Files as a power cut would leave them: what is in memory is gone. */
function crashedFiles(): { folder: string; file: string; wal: string } {
  const folder = tempDir();
  mkdirSync(join(folder, 'data'));
  const file = join(folder, 'data', 'holdfast.sqlite');
  copyFileSync(world.app.store.file, file);
  if (existsSync(`${world.app.store.file}-wal`)) copyFileSync(`${world.app.store.file}-wal`, `${file}-wal`);
  return { folder, file, wal: `${file}-wal` };
}

const configOf = (folder: string) =>
  parseConfig({
    ...world.env,
    HOLDFAST_DATA_DIR: join(folder, 'data'),
    HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
  });

describe.each(['xero', 'quickbooks'] as const)('a write-ahead log of %s that is cut', (platform) => {
  it(
    'fault 62: anywhere opens as it was at some commit, and never with half a run published',
    { timeout: 120_000 },
    async () => {
      await open(platform);
      await world.sync();
      const whole = await endState(world.app, world);
      const { folder, file, wal } = crashedFiles();
      const [bytes, log] = [readFileSync(file), readFileSync(wal)];
      const frames = Math.floor((log.length - HEADER_BYTES) / FRAME_BYTES);
      const ends = Array.from({ length: frames + 1 }, (_, frame) => HEADER_BYTES + frame * FRAME_BYTES);
      const cuts = [...ends, ...ODD_CUTS.filter((cut) => cut < log.length)].sort((a, b) => a - b);
      let entriesBefore = 0;
      let published = 0;
      for (const cut of cuts) {
        rmSync(`${file}-shm`, { force: true });
        writeFileSync(file, bytes);
        writeFileSync(wal, log.subarray(0, cut));
        const app = openedOrRefused(configOf(folder));
        // Less than its header holds no commit at all, and SQLite may refuse it.
        if (app === null) expect(cut).toBeLessThan(HEADER_BYTES);
        if (app === null) continue;
        const { entries } = await verifyAudit(app.store.reader);
        expect(entries, `cut at ${cut}`).toBeGreaterThanOrEqual(entriesBefore);
        entriesBefore = entries;
        const connected = await app.store.reader.selectFrom('connection').select('id').execute();
        if (connected.length > 0 && (await readPublishedRun(app.store.reader, world.ids[0]!)) !== null) {
          published += 1;
          expect(await endState(app, world)).toEqual(whole);
        } else if (connected.length > 0) {
          await expect(endState(app, world)).rejects.toMatchObject({
            code: expect.stringMatching(/SYNC/) as string,
          });
        }
        await app.close();
        expect(damages(file), `cut at ${cut}`).toEqual([]);
      }
      expect(published).toBeGreaterThan(0);
      expect(cuts.length).toBeGreaterThan(50);
    },
  );
});

describe('files of the database that somebody took away', () => {
  it('fault 62: are made again when it is the -shm, and nothing is missing', async () => {
    await open();
    await world.sync();
    const { folder, file } = crashedFiles();
    expect(existsSync(`${file}-shm`)).toBe(false);
    const app = createApp(configOf(folder));
    expect(await endState(app, world)).toEqual(await endState(world.app, world));
    await app.close();
  });

  it('fault 62: leave a sound older state when it is the -wal', async () => {
    await open();
    await world.sync();
    const { folder, file, wal } = crashedFiles();
    rmSync(wal);
    expect(damages(file)).toEqual([]);
    const app = createApp(configOf(folder));
    await verifyAudit(app.store.reader);
    await app.close();
  });
});

describe('a page of the database that changed on the disk', () => {
  it.each(['sqlite header', 'connection', 'customer', 'invoice', 'audit', 'intent', 'run'])(
    'fault 62: is found by the doctor, who says what to do (%s)',
    async (where) => {
      await open();
      await world.sync();
      const { folder, file, wal } = crashedFiles();
      const db = new Database(file);
      db.pragma('wal_checkpoint(TRUNCATE)');
      const root = db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').pluck().get(where) as
        number | undefined;
      db.close();
      rmSync(wal, { force: true });
      const bytes = readFileSync(file);
      const at = root === undefined ? 3 : (root - 1) * 4096;
      bytes[at] = (bytes[at] ?? 0) ^ 0x55;
      writeFileSync(file, bytes);
      const findings = await checkDatabase(configOf(folder), true);
      expect(findings.filter((one) => one.severity === 'fault')).toContainEqual(
        expect.objectContaining({
          text: expect.stringMatching(/damaged|cannot be used/) as string,
          advice: expect.stringMatching(/backup/) as string,
        }),
      );
    },
  );

  it('fault 62: that was cut off at its end is found as well', async () => {
    await open();
    await world.sync();
    const { folder, file, wal } = crashedFiles();
    const db = new Database(file);
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    rmSync(wal, { force: true });
    truncateSync(file, Math.floor(statSync(file).size / 4096 / 2) * 4096);
    const findings = await checkDatabase(configOf(folder), true);
    expect(findings.filter((one) => one.severity === 'fault')).toContainEqual(
      expect.objectContaining({ advice: expect.stringMatching(/backup/) as string }),
    );
  });
});
