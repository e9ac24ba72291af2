import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.ts';
import { checkMachine } from '../../src/cli/doctor/check-machine.ts';
import { parseConfig } from '../../src/config.ts';
import { newSealingKey } from '../../src/lib/index.ts';
import { runNight } from '../../src/nightly.ts';
import { dispatch } from '../../src/outbox/index.ts';
import { endState } from './crash-copies.ts';
import { CommandLine } from '../support/command-line.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let line: CommandLine;
afterEach(async () => {
  line.remove();
  await world.close();
});

const book = smallBook('harbour', [{ name: 'Ash', bills: [bill('A1', 40, 700_00)] }]);

async function open(): Promise<void> {
  world = await startWorld({ xero: [book], mail: false });
  await world.night();
  line = new CommandLine({
    ...world.env,
    HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
  });
}
/** Work of a process that begins now. */
async function restarted<T>(work: (app: App) => Promise<T>): Promise<T> {
  const app = createApp(parseConfig(world.env));
  app.clock.setOffset(world.emulator.clock.offsetMs());
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
const night = (): Promise<unknown> => restarted((app) => runNight(app, world.ids[0]!));
const dispatchAll = (): Promise<unknown> =>
  restarted(async (app) =>
    dispatch(app.outbox(), await world.connection(), { kinds: ['hold.place', 'reminder'] }),
  );

const keyFile = (): string => world.app.config.keyFile;

describe('the key file', () => {
  it.each<[string, (file: string) => void, string]>([
    ['missing', (file) => rmSync(file), 'KEY_MISSING'],
    ['empty', (file) => writeFileSync(file, ''), 'KEY_UNREADABLE'],
    ['cut short', (file) => writeFileSync(file, readFileSync(file).subarray(0, 30)), 'KEY_UNREADABLE'],
    ['not a key', (file) => writeFileSync(file, 'hello\n'), 'KEY_UNREADABLE'],
    ['a folder', (file) => (rmSync(file), mkdirSync(file)), 'KEY_UNREADABLE'],
    [
      'another key',
      (file) => {
        const other = newSealingKey();
        writeFileSync(file, `${other.id} ${other.bytes.toString('base64')}\n`);
      },
      'KEY_MISMATCH',
    ],
    [
      'another key under the right name',
      (file) =>
        writeFileSync(
          file,
          `${readFileSync(file, 'utf8').split(' ')[0]} ${newSealingKey().bytes.toString('base64')}\n`,
        ),
      'SEAL_BROKEN',
    ],
  ])(
    'fault 63: that is %s stops everything with a clear word, loses nothing and is never replaced',
    async (_what, harm, code) => {
      await open();
      const right = readFileSync(keyFile());
      const sent = world.emulator.effects.list().length;
      const before = JSON.stringify(
        await world.app.store.reader.selectFrom('token_set').selectAll().execute(),
      );
      harm(keyFile());
      const harmed = existsSync(keyFile()) && statSync(keyFile()).isFile() ? readFileSync(keyFile()) : null;
      for (const work of [night, dispatchAll]) {
        const error = await work().catch((caught: unknown) => caught);
        expect(error).toMatchObject({ code, kind: 'config', hint: expect.stringMatching(/\S/) as string });
        expect(String(error)).not.toContain(right.toString('utf8').split(' ')[1]!.trim());
      }
      expect(existsSync(keyFile()) && statSync(keyFile()).isFile() ? readFileSync(keyFile()) : null).toEqual(
        harmed,
      );
      expect(world.emulator.effects.list()).toHaveLength(sent);
      expect(JSON.stringify(await world.app.store.reader.selectFrom('token_set').selectAll().execute())).toBe(
        before,
      );

      rmSync(keyFile(), { recursive: true, force: true });
      writeFileSync(keyFile(), right, { mode: 0o600 });
      await dispatchAll();
      expect(world.platformMails()).toHaveLength(1);
    },
  );

  it('fault 63: that others may read is warned of, and closed by the next command', async () => {
    await open();
    chmodSync(keyFile(), 0o644);
    expect(checkMachine(world.app.config).filter((one) => one.severity === 'warning')).toMatchObject([
      { text: expect.stringContaining('mode 644') as string },
    ]);
    expect(await line.run('kill-switch', 'status')).toMatchObject({ code: 0 });
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
  });

  it('fault 63: and the database are made for their owner alone, whatever the umask is', async () => {
    await open();
    const before = process.umask(0);
    const fresh = new CommandLine();
    await fresh.run('kill-switch', 'status');
    process.umask(before);
    const modes = [join(fresh.root, 'holdfast.key'), join(fresh.dataDir, 'holdfast.sqlite')].map(
      (file) => statSync(file).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600]);
    expect(statSync(fresh.dataDir).mode & 0o777).toBe(0o700);
    fresh.remove();
  });

  it('fault 63: that others may read in an open database file is closed as well', async () => {
    await open();
    chmodSync(world.app.store.file, 0o644);
    await line.run('kill-switch', 'status');
    expect(statSync(world.app.store.file).mode & 0o777).toBe(0o600);
  });
});

describe('a backup', () => {
  it('fault 63: where nothing can be written says which file and why, and harms nothing', async () => {
    await open();
    const blocked = join(dirname(world.app.config.dataDir), 'a-file');
    writeFileSync(blocked, '');
    const { code, stderr } = await line.run('backup', join(blocked, 'copy.sqlite'));
    expect(code).toBe(6);
    expect(stderr).toContain(join(blocked, 'copy.sqlite'));
    expect(stderr).toMatch(/^hint: /m);
    expect(await line.run('sync', world.ids[0]!)).toMatchObject({ code: 0 });
  });

  it.each(['xero', 'quickbooks'] as const)(
    'fault 63: of %s restores to the same facts, rows and tokens',
    async (platform) => {
      world = await startWorld({ [platform]: [book], mail: false });
      await world.night();
      line = new CommandLine({
        ...world.env,
        HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
      });
      const copy = join(line.root, 'copy.sqlite');
      expect(await line.run('backup', copy)).toMatchObject({ code: 0 });
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      const state = await endState(world.app, world);
      const restored = join(line.root, 'restored');
      mkdirSync(restored);
      writeFileSync(join(restored, 'holdfast.sqlite'), readFileSync(copy));
      const app = createApp(parseConfig({ ...line.env, HOLDFAST_DATA_DIR: restored }));
      expect(await endState(app, world)).toEqual(state);
      await app.close();
      const env = { HOLDFAST_DATA_DIR: restored };
      expect(await line.runWith(env, 'sync', world.ids[0]!)).toMatchObject({ code: 0 });
      expect(await line.runWith(env, 'audit', 'verify')).toMatchObject({ code: 0 });
    },
  );
});
