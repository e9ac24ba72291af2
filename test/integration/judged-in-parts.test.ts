import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.ts';
import { readFlags, readStandings } from '../../src/decisions/index.ts';
import { dayAt } from '../../src/domain/index.ts';
import { readSavedDay, readSavedFacts } from '../../src/facts/index.ts';
import { judge, judgeAndSave } from '../../src/nightly.ts';
import type { Store } from '../../src/store/index.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;

/** One customer that stands alone, and a family: two parts. */
beforeEach(async () => {
  world = await startWorld({
    quickbooks: [
      smallBook('Oak', [
        { name: 'Alder', limit: '1000', bills: [bill('A1', 40, 400_00)] },
        { name: 'Birch', bills: [bill('B1', 60, 900_00)] },
        { name: 'Birch North', parent: 'Birch', bills: [bill('N1', 50, 300_00)] },
      ]),
    ],
    mode: 'propose',
  });
  await world.sync();
});
afterEach(() => world.close());

const todayOf = async () => dayAt(world.app.clock.nowMs(), (await world.connection()).timeZone);

/** Everything that a judgement leaves in the database. */
async function written() {
  const { reader } = world.app.store;
  const [{ id }, asOf] = [await world.connection(), await todayOf()];
  const flags = (await readFlags(reader, id, asOf)).map(({ customerId, rule }) => `${customerId} ${rule}`);
  return {
    flags: flags.sort(),
    standings: [...(await readStandings(reader, id)).values()]
      .map(({ customerId, standing, since }) => `${customerId} ${standing} ${since}`)
      .sort(),
    facts: (await readSavedFacts(reader, id, asOf))?.documents.map(({ customer }) => customer.name) ?? [],
  };
}

/** The same app, with a database that fails at the n-th transaction. */
function failingAt(turn: number): App {
  let turns = 0;
  const { store } = world.app;
  const failing: Store = new Proxy(store, {
    get(target, name) {
      if (name === 'write')
        return (work: Parameters<Store['write']>[0]) => {
          turns += 1;
          if (turns === turn) throw new Error('the power is gone');
          return target.write(work);
        };
      return Reflect.get(target, name) as unknown;
    },
  });
  return { ...world.app, store: failing };
}

describe('a company that is judged part by part', () => {
  it('is judged as it would be in one piece', async () => {
    const [connection, asOf] = [await world.connection(), await todayOf()];
    const whole = await judge(world.app, connection, asOf);
    const night = await judgeAndSave(world.app, connection, asOf);
    expect(night.customers).toBe(whole.day.facts.length);
    expect(night.changes.map(({ customerId }) => customerId).sort()).toEqual(
      whole.standings
        .filter(({ changed }) => changed)
        .map(({ customerId }) => customerId)
        .sort(),
    );
    expect(night.wishes).toEqual(whole.wishes);
    expect(night.reminders).toEqual({ due: whole.reminders.due, tasks: whole.reminders.tasks });
    const { flags } = await written();
    expect(flags).toEqual(whole.flags.map(({ customerId, rule }) => `${customerId} ${rule}`).sort());
    expect(flags.length).toBeGreaterThan(2);
  });

  it.each([1, 2, 3, 4])(
    'keeps what its day said before when the power goes at transaction %i, and says the same afterwards',
    async (turn) => {
      const [connection, asOf] = [await world.connection(), await todayOf()];
      await judgeAndSave(world.app, connection, asOf);
      const before = await written();
      await expect(judgeAndSave(failingAt(turn), connection, asOf)).rejects.toThrow('the power is gone');
      expect(await written()).toEqual(before);
      world.staff().pay('N1');
      world.pass(60_000);
      await world.sync();
      await expect(judgeAndSave(failingAt(turn), connection, asOf)).rejects.toThrow('the power is gone');
      await judgeAndSave(world.app, connection, asOf);
      const after = await written();
      expect(after.flags.length).toBeLessThan(before.flags.length);
      const whole = await judge(world.app, connection, asOf);
      expect(after.flags).toEqual(whole.flags.map(({ customerId, rule }) => `${customerId} ${rule}`).sort());
    },
  );

  it.each([1, 2, 3, 4])('has no figures of a day whose judging never came to its end: %i', async (turn) => {
    const [connection, asOf] = [await world.connection(), await todayOf()];
    await expect(judgeAndSave(failingAt(turn), connection, asOf)).rejects.toThrow('the power is gone');
    expect(await readSavedDay(world.app.store.reader, connection.id, asOf)).toBeNull();
    expect((await written()).facts).toEqual([]);
  });
});
