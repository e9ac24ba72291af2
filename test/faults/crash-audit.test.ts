import { afterEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { copyOf, damages, type Copy } from './crash-copies.ts';
import { startVictim } from './crash-process.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let copy: Copy;
afterEach(async () => {
  copy.remove();
  await world.close();
});

/** After so many entries that were committed. */
const MOMENTS = [1, 2, 3, 17, 50, 101];

describe('an audit log whose writer is killed', () => {
  it(
    'fault 52: holds every entry that was committed, in an unbroken chain that goes on',
    { timeout: 60_000 },
    async () => {
      world = await startWorld({
        xero: [smallBook('harbour', [{ name: 'Ash', bills: [bill('A1', 2, 1_00)] }])],
      });
      copy = await copyOf(world);
      let known = await entries();
      for (const moment of MOMENTS) {
        const victim = startVictim(['audit'], copy);
        expect(await victim.line()).toBe('begun');
        let committed = 0;
        while (committed < moment) committed = Number(await victim.line());
        expect(await victim.kill()).toBe(true);
        expect(damages(copy.file)).toEqual([]);
        const now = await entries();
        expect(now - known).toBeGreaterThanOrEqual(committed);
        known = now;
      }
    },
  );

  async function entries(): Promise<number> {
    const app = copy.open();
    const verified = await verifyAudit(app.store.reader);
    await app.close();
    return verified.entries;
  }
});
