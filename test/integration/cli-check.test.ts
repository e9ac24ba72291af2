import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerDocument, HeldDocument } from '../../src/desk/index.ts';
import { CommandLine } from '../support/command-line.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let terminal: CommandLine;

beforeAll(async () => {
  world = await startWorld({
    xero: [
      smallBook('Oak', [
        { name: 'Alder', limit: '1000', bills: [bill('A1', 0, 400_00)] },
        { name: 'Birch', bills: [bill('B1', 60, 900_00)] },
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

describe('holdfast check', () => {
  it.each([
    ['Alder', '600', 'yes', 0],
    ['Alder', '600.01', 'ask', 8],
    ['Birch', '1', 'no', 9],
  ])('ends for an order of %s over %s as %s', async (customer, amount, answer, code) => {
    const { stdout, code: ended } = await terminal.run('check', customer, '--order', amount, '--json');
    expect((JSON.parse(stdout) as AnswerDocument).answer).toBe(answer);
    expect(ended).toBe(code);
  });

  it('says the answer, the limit and the age of the figures to people', async () => {
    const { stdout } = await terminal.run('check', 'alder', '--order', '600.01', '--currency', 'gbp');
    expect(stdout).toMatch(/^Ask first\. An order of 600\.01 GBP takes what Alder owes/);
    expect(stdout).toContain('1,000.00 GBP');
    expect(stdout).toContain('Nothing was reserved.');
  });

  it.each([
    [['check', 'Nobody', '--order', '1'], 'CUSTOMER_UNKNOWN'],
    [['check', 'Alder', '--order', '1,000'], 'ORDER_AMOUNT'],
    [['check', 'Alder', '--order', '1', '--currency', 'pounds'], 'ORDER_CURRENCY'],
  ])('ends with 2 for %j, which no answer does', async (args, error) => {
    const { code, stderr } = await terminal.run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(error);
  });
});

describe('holdfast held', () => {
  it('lists who is held with what would lift it', async () => {
    const { held } = await terminal.json<HeldDocument>('held');
    expect(held.map(({ customer, clearing }) => [customer.name, clearing?.invoices])).toEqual([
      ['Birch', ['B1']],
    ]);
    const { stdout } = await terminal.run('held', '--csv');
    expect(stdout.split('\n')).toHaveLength(3);
  });
});
