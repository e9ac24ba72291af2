import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/world.ts';
import { copyOf, busyBook, endState, expectSound, goOn, type Copy } from './crash-copies.ts';
import { reached, startVictim, type Ended, type Victim } from './crash-process.ts';

let world: World;
const copies: Copy[] = [];
afterEach(async () => {
  world.emulator.faults.clear();
  copies.splice(0).forEach((copy) => copy.remove());
  await world.close();
});

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const NEVER_MS = 600_000;

describe.each(['xero', 'quickbooks'] as const)(
  'a process that is told to end while it reads %s',
  (platform) => {
    const api = { xero: '^/api\\.xro/', quickbooks: '^/v3/company/' }[platform];

    async function open(): Promise<Copy> {
      world = await startWorld({ [platform]: [busyBook()], mail: false });
      copies.push(await copyOf(world));
      return copies[0]!;
    }
    /** Starts a command whose nth call never comes back, and waits until it hangs there. */
    async function hanging(copy: Copy, call: number, ...args: string[]): Promise<Victim> {
      world.emulator.faults.add({ path: api, after: call, delayMs: NEVER_MS });
      const env = { ...copy.env, HOLDFAST_PORT: '0', NODE_OPTIONS: '--disable-warning=ExperimentalWarning' };
      const victim = startVictim(args, { env, script: MAIN });
      await reached(victim, () => (world.emulator.faults.list()[0]?.struck ?? 0) > 0);
      return victim;
    }
    async function expectSameEnd(copy: Copy): Promise<void> {
      world.emulator.faults.clear();
      copies.push(await copyOf(world));
      const clean = copies.at(-1)!.open();
      await goOn(clean, world);
      const state = await endState(clean, world);
      await clean.close();
      const app = copy.open();
      await goOn(app, world);
      expect(await endState(app, world)).toMatchObject({ rows: (state as { rows: unknown }).rows });
      await expectSound(app, copy);
      await app.close();
    }

    it.each(['SIGTERM', 'SIGHUP'] as const)(
      'fault 54: by %s in a sync ends, and the next one goes on to the same end',
      { timeout: 60_000 },
      async (signal) => {
        const copy = await open();
        const victim = await hanging(copy, 3, 'sync', world.ids[0]!);
        victim.child.kill(signal);
        await victim.ended();
        await expectSameEnd(copy);
      },
    );

    it(
      'fault 54: by SIGTERM while it serves and a night is under way ends by itself, and loses nothing',
      { timeout: 60_000 },
      async () => {
        const copy = await open();
        const victim = await hanging(copy, 3, 'serve', '--json');
        victim.child.kill('SIGTERM');
        const ended: Ended = await victim.ended();
        expect(ended, ended.stderr).toMatchObject({ code: 0 });
        await expectSameEnd(copy);
      },
    );

    it('fault 54: by having no memory left is as if it had been killed', { timeout: 60_000 }, async () => {
      const copy = await open();
      world.emulator.faults.add({ path: api, after: 3, delayMs: NEVER_MS });
      const env = { ...copy.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' };
      const victim = startVictim(['sync', world.ids[0]!], { env, script: MAIN });
      await reached(victim, () => (world.emulator.faults.list()[0]?.struck ?? 0) > 0);
      // What the kernel does to a process that has taken too much.
      expect(await victim.kill()).toBe(true);
      await expectSameEnd(copy);
    });

    it(
      'fault 54: by a stall of hours, while another one took over, writes nothing when it wakes',
      { timeout: 60_000 },
      async () => {
        const copy = await open();
        const victim = await hanging(copy, 3, 'sync', world.ids[0]!);
        victim.child.kill('SIGSTOP');
        world.emulator.faults.clear();
        world.pass(5 * 3_600_000);
        const app = copy.open();
        app.clock.setOffset(world.emulator.clock.offsetMs());
        await goOn(app, world);
        const state = await endState(app, world);
        const audit = await app.store.reader.selectFrom('audit').select('seq').execute();
        victim.child.kill('SIGCONT');
        victim.child.kill('SIGTERM');
        await victim.ended();
        expect(await endState(app, world)).toEqual(state);
        expect(await app.store.reader.selectFrom('audit').select('seq').execute()).toEqual(audit);
        await expectSound(app, copy);
        await app.close();
      },
    );
  },
);
