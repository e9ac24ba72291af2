import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { createApp, type App } from '../../src/app.ts';
import { readKillSwitch } from '../../src/cases/index.ts';
import { checkDatabase } from '../../src/cli/doctor/check-database.ts';
import { parseConfig } from '../../src/config.ts';
import { readConnection, syncConnection } from '../../src/mirror/index.ts';
import { runNight } from '../../src/nightly.ts';
import { dispatch, readIntents } from '../../src/outbox/index.ts';
import { CommandLine } from '../support/command-line.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let line: CommandLine | null = null;
let app: App | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
  line?.remove();
  line = null;
  await world.close();
});

const debtors = [
  { name: 'Ash', bills: [bill('A1', 40, 700_00)] },
  { name: 'Birch', bills: [bill('B1', 1, 100_00)] },
];
const KINDS = ['hold.place', 'hold.release', 'note', 'reminder'] as const;

describe.each(['xero', 'quickbooks'] as const)(
  'yesterday\u2019s database of %s in the place of today\u2019s',
  (platform) => {
    /** What was backed up before the night, then a night with a hold and two messages, then the backup put back. */
    async function restore(how: 'backup' | 'without its log'): Promise<void> {
      world = await startWorld({ [platform]: [smallBook('harbour', debtors)], mail: false });
      await world.sync();
      const { file } = world.app.store;
      const copy = join(world.app.config.dataDir, '..', 'yesterday.sqlite');
      await world.app.store.backup(copy);
      const bytes = readFileSync(file);
      await world.night();
      await world.dispatch();
      expect(world.platformMails()).toHaveLength(2);
      await world.app.store.close();
      for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
      // The main file alone, as it was before: what a lost write-ahead log leaves.
      writeFileSync(file, how === 'backup' ? readFileSync(copy) : bytes);
      app = open();
    }
    function open(): App {
      const opened = createApp(parseConfig(world.env));
      opened.clock.setOffset(world.emulator.clock.offsetMs());
      return opened;
    }
    const sent = (): number => world.emulator.effects.list().length;
    const dispatchAll = async () =>
      dispatch(app!.outbox(), await readConnection(app!.store.reader, world.ids[0]!), { kinds: KINDS });

    it('fault 53: sends nothing, says so, and is found by the doctor', async () => {
      await restore('backup');
      const before = sent();
      await runNight(app!, world.ids[0]!);
      await dispatchAll();
      world.pass(86_400_000);
      app!.clock.setOffset(world.emulator.clock.offsetMs());
      await runNight(app!, world.ids[0]!);
      await dispatchAll();
      expect(sent()).toBe(before);
      expect(await readKillSwitch(app!.store.reader)).toBe(true);
      await verifyAudit(app!.store.reader);
      const findings = await checkDatabase(app!.config, true);
      expect(findings).toContainEqual(
        expect.objectContaining({
          severity: 'fault',
          text: expect.stringMatching(/older than what Holdfast has done/) as string,
          advice: expect.stringMatching(/sync --full.*kill-switch off/) as string,
        }),
      );
    });

    it(
      'fault 53: goes on only after everything was read again and a person said so, and then proposes',
      { timeout: 60_000 },
      async () => {
        await restore('backup');
        await runNight(app!, world.ids[0]!);
        await dispatchAll();
        const before = sent();
        line = new CommandLine({
          ...world.env,
          HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
        });
        expect(await line.run('kill-switch', 'off')).toMatchObject({
          code: 6,
          stderr: expect.stringMatching(/error RESTORE_UNREAD:[^]*hint: .*sync --full/) as string,
        });
        expect(await readKillSwitch(app!.store.reader)).toBe(true);

        world.pass(60_000);
        app!.clock.setOffset(world.emulator.clock.offsetMs());
        const connection = await readConnection(app!.store.reader, world.ids[0]!);
        await syncConnection(app!.store, app!.clock, connection, await app!.openSession(connection), {
          full: true,
        });
        expect(await line.run('kill-switch', 'off')).toMatchObject({ code: 0 });
        expect(await readConnection(app!.store.reader, world.ids[0]!)).toMatchObject({ mode: 'propose' });
        expect((await readIntents(app!.store.reader, { states: ['ready'] })).length).toBe(0);
        await runNight(app!, world.ids[0]!);
        await dispatchAll();
        expect(sent()).toBe(before);
        expect((await checkDatabase(app!.config, true)).filter((one) => /older than/.test(one.text))).toEqual(
          [],
        );
      },
    );

    it('fault 62: swapped for an older one, or robbed of its log, is noticed before anything leaves', async () => {
      await restore('without its log');
      const before = sent();
      const connections = await app!.store.reader.selectFrom('connection').select('id').execute();
      if (connections.length > 0) {
        await runNight(app!, world.ids[0]!);
        await dispatchAll();
        expect(await readKillSwitch(app!.store.reader)).toBe(true);
      }
      expect(sent()).toBe(before);
      expect((await checkDatabase(app!.config, true)).filter((one) => one.severity === 'fault')).not.toEqual(
        [],
      );
    });
  },
);

describe('the number up to which the audit log was seen', () => {
  it('fault 53: lies beside the key and goes on with every effect; a fresh start and an ordinary restart are no restore', async () => {
    world = await startWorld({ xero: [smallBook('harbour', debtors)], mail: false });
    expect(await world.app.seen.isMissingFrom(world.app.store.reader)).toBe(false);
    await world.night();
    await world.dispatch();
    const { keyFile } = world.app.config;
    const beside = readdirSync(dirname(keyFile)).filter((name) => name.endsWith('.seen'));
    expect(beside).toHaveLength(1);
    expect(statSync(join(dirname(keyFile), beside[0]!)).mode & 0o777).toBe(0o600);
    app = createApp(parseConfig(world.env));
    expect(await app.seen.isMissingFrom(app.store.reader)).toBe(false);
    expect(await readKillSwitch(app.store.reader)).toBe(false);
  });
});
