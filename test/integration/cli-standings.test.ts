import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandingElement } from '../../src/cli/standings-found.ts';
import { CommandLine } from '../support/command-line.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let terminal: CommandLine;

beforeAll(async () => {
  world = await startWorld({
    xero: [
      smallBook('Oak', [
        { name: 'Alder', limit: '1000', bills: [bill('A1', 0, 950_00)] },
        { name: 'Birch', bills: [bill('B1', 60, 900_00), bill('B2', -5, 100_00)] },
        { name: 'Cedar', limit: '5000', bills: [bill('C1', -5, 50_00)] },
        { name: 'Dogwood', bills: [bill('D1', 60, 1_900_00)] },
      ]),
    ],
  });
  await world.night();
  const offset = String(world.emulator.clock.offsetMs());
  terminal = new CommandLine({ ...world.env, HOLDFAST_CLOCK_OFFSET_MS: offset });
});
afterAll(async () => {
  terminal.remove();
  await world.close();
});

describe('holdfast standings', () => {
  it('lists who does not stand clear, the worst and largest first, with what makes it milder', async () => {
    const found = await terminal.json<StandingElement[]>('standings');
    expect(
      found.map(({ customer, standing, exposureMinor, clearing, hold }) => [
        ...[customer.name, standing, exposureMinor, clearing?.invoices, hold],
      ]),
    ).toEqual([
      ['Dogwood', 'hold', 1_900_00, ['D1'], 'on'],
      ['Birch', 'hold', 1_000_00, ['B1'], 'on'],
      ['Alder', 'watch', 950_00, ['A1'], null],
    ]);
    expect(found[0]?.reasons[0]).toMatchObject({ rule: 'overdue', standing: 'hold' });
  });

  it('explains one customer in words', async () => {
    const { stdout } = await terminal.run('standings', '--customer', 'birch');
    expect(stdout).toContain('Birch stands on hold since 2026-03-11.');
    expect(stdout).toMatch(/overdue → hold: Birch is overdue with 900\.00 GBP on 1 invoice/);
    expect(stdout).toMatch(/GBP on B1 lifts this hold\./);
    expect(stdout).not.toContain('Dogwood');
  });

  it('shows one standing alone, and says so when nobody has it', async () => {
    const { stdout } = await terminal.run('standings', '--standing', 'watch');
    expect(stdout).toMatch(/Alder/);
    expect(stdout).not.toMatch(/Birch/);
    expect((await terminal.run('standings', '--standing', 'stop')).stdout).toBe('Nobody stands on stop.\n');
  });

  it('says of whoever stands clear that it does', async () => {
    expect((await terminal.run('standings', '--customer', 'Cedar')).stdout).toBe(
      'Whoever "Cedar" means stands clear.\n',
    );
    expect(await terminal.json('standings', '--customer', 'Cedar')).toEqual([]);
  });

  it('knows a hold that was taken off the platform', async () => {
    const staff = world.staff();
    staff.liftHold('Birch');
    world.pass(3_600_000);
    await world.night();
    const found = await terminal.json<StandingElement[]>('standings', '--customer', 'Birch');
    expect(found.map(({ hold }) => hold)).toEqual(['drift']);
  });

  it('refuses a customer that nobody knows, and a standing that there is none of', async () => {
    const unknown = await terminal.run('standings', '--customer', 'Nobody');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('CUSTOMER_UNKNOWN')]);
    const odd = await terminal.run('standings', '--standing', 'naughty');
    expect([odd.code, odd.stderr]).toEqual([2, expect.stringMatching(/watch, approve-first/)]);
  });
});
