import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { copyOf, busyBook, damages, endState, expectSound, goOn, type Copy } from './crash-copies.ts';
import { startVictim, type Ended } from './crash-process.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
const copies: Copy[] = [];
afterEach(async () => {
  copies.splice(0).forEach((copy) => copy.remove());
  await world.close();
});

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const NODE_OPTIONS = '--disable-warning=ExperimentalWarning';

/** Kilobytes that a file may grow to: each lets another write be the first that fails. */
const ROOM_KB = [1, 40, 96, 160, 288];

/** Runs a command of the product where no file may grow beyond so much: every write after that fails. */
async function runInRoom(copy: Copy, roomKb: number, ...args: string[]): Promise<Ended> {
  const limits = `trap '' XFSZ; ulimit -f ${roomKb};`;
  return startVictim(args, { env: { ...copy.env, NODE_OPTIONS }, script: MAIN, limits }).ended();
}

/** A person must learn which file it is about and what to do, and not be told that it is a defect. */
function expectClear({ code, signal, stderr }: Ended, file: string): void {
  expect({ code, signal, stderr }).toMatchObject({ code: 6, signal: null });
  expect(stderr).toContain(file);
  expect(stderr).toMatch(/disk|space|room|full/i);
  expect(stderr).toMatch(/^hint: /m);
  expect(stderr).not.toMatch(/INTERNAL|defect/);
}

describe.each(['xero', 'quickbooks'] as const)('a disk that is full while %s is read', (platform) => {
  it(
    'fault 60: at any write stops the run with a clear word, and it goes on when there is room',
    { timeout: 120_000 },
    async () => {
      world = await startWorld({ [platform]: [busyBook()], mail: false });
      copies.push(await copyOf(world));
      const app = copies[0]!.open();
      await goOn(app, world);
      const state = await endState(app, world);
      await app.close();

      let failures = 0;
      for (const roomKb of ROOM_KB) {
        const copy = await copyOf(world);
        copies.push(copy);
        const ended = await runInRoom(copy, roomKb, 'sync', world.ids[0]!);
        if (ended.code === 0) continue;
        failures += 1;
        expectClear(ended, copy.file);
        expect(damages(copy.file)).toEqual([]);
        const again = copy.open();
        await goOn(again, world);
        expect(await endState(again, world)).toEqual(state);
        await expectSound(again, copy);
        await again.close();
      }
      expect(failures).toBeGreaterThan(2);
    },
  );
});

describe.each(['xero', 'quickbooks'] as const)('a disk that is full in a night of %s', (platform) => {
  it(
    'fault 60: lets nothing leave whose attempt is not on the disk, and nothing is lost or done twice',
    { timeout: 120_000 },
    async () => {
      const debtors = ['Ash', 'Birch', 'Cedar'].map((name) => ({
        name,
        bills: [bill(`${name}1`, 40, 700_00)],
      }));
      for (const [index, roomKb] of ROOM_KB.slice(1).entries()) {
        if (index > 0) await world.close();
        world = await startWorld({ [platform]: [smallBook('harbour', debtors)], mail: false });
        const copy = await copyOf(world);
        copies.push(copy);
        const ended = await runInRoom(copy, roomKb, 'nightly', world.ids[0]!);
        if (ended.code !== 0) expectClear(ended, copy.file);
        const app = copy.open();
        const attempts = await app.store.reader.selectFrom('attempt').select('id').execute();
        expect(world.holdWrites().length).toBeLessThanOrEqual(attempts.length);
        await app.close();
        const healed = await startVictim(['nightly', world.ids[0]!], {
          env: { ...copy.env, NODE_OPTIONS },
          script: MAIN,
        }).ended();
        expect(healed, healed.stderr).toMatchObject({ code: 0 });
        expect(world.staff().held()).toEqual(['Ash', 'Birch', 'Cedar']);
        expect(world.holdWrites().length).toBe(3);
      }
    },
  );
});
