import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readLeaseHolder } from '../../src/store/index.ts';
import { CommandLine } from '../support/command-line.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

const debtors = [{ name: 'Ash', bills: [bill('A1', 40, 500_000)] }];
let world: World;
let cli: CommandLine;

beforeEach(async () => {
  world = await startWorld({
    xero: [smallBook('Harbour', debtors)],
    quickbooks: [smallBook('Prairie', debtors)],
    mail: false,
    mode: 'propose',
  });
  cli = new CommandLine({
    ...world.env,
    HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
  });
});

afterEach(async () => {
  await world.close();
  cli.remove();
});

const holder = async (name: string): Promise<number | undefined> =>
  (await readLeaseHolder(world.app.store.reader, world.app.clock.nowMs(), name))?.pid;

describe('nightly', () => {
  it('has the nights of all companies at the same time, and tells them in their order', async () => {
    const slow = world.emulator.faults.add({ path: '/**', delayMs: 200 });
    const night = cli.run('nightly');
    await vi.waitFor(
      async () => {
        const pid = await holder('night:xero-1');
        expect(pid).toBeGreaterThan(0);
        expect(await holder('night:quickbooks-1')).toBe(pid);
      },
      { timeout: 15_000, interval: 10 },
    );
    world.emulator.faults.clear(slow);
    const { code, stdout, stderr } = await night;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Harbour.*\(xero-1\)[^]*^Prairie.*\(quickbooks-1\)/m);
    expect(stderr).toMatch(/^xero-1 \S+: \d+$/m);
    expect(stderr).toMatch(/^quickbooks-1 \S+: \d+$/m);
  });

  it('goes on with the others when one fails, and ends with the failure’s exit code', async () => {
    world.emulator.faults.add({ server: 'xero', path: '/api.xro/**', status: 400, body: 'no' });
    const { code, stdout, stderr } = await cli.run('nightly', '--json');
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject([
      { connection: { id: 'xero-1' }, error: { code: 'PLATFORM_REFUSED' } },
      { connection: { id: 'quickbooks-1' }, sync: { run: 1 } },
    ]);
    expect(stderr).toContain('PLATFORM_REFUSED');
  });
});
