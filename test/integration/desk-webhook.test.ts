import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.ts';
import { appendAudit } from '../../src/audit/index.ts';
import { setExclusion, setKillSwitch } from '../../src/cases/index.ts';
import { parseConfig } from '../../src/config.ts';
import { readHeldPosted } from '../../src/desk/index.ts';
import { customerId, type CustomerId } from '../../src/domain/index.ts';
import { SystemClock } from '../../src/lib/index.ts';
import { readCustomers } from '../../src/mirror/index.ts';
import { postHeldOnce, startHeldKeeper } from '../../src/scheduler/index.ts';
import { HeldReceiver, type Mood } from '../support/held-receiver.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

const SECRET = 'a secret of the shop and us';
const BOOK = smallBook('Oak', [
  { name: '=Alder', bills: [bill('A1', 60, 900_00)] },
  { name: 'Birch', bills: [bill('B1', 60, 700_00)] },
  { name: 'Cedar', bills: [bill('C1', 0, 700_00)] },
]);

/** Waits for an answer a hundred times less. */
class ImpatientClock extends SystemClock {
  override deadline(ms: number): AbortSignal {
    return super.deadline(ms / 100);
  }
}

let world: World;
let receiver: HeldReceiver;
let app: App;
let birch: CustomerId;

beforeAll(async () => {
  world = await startWorld({ xero: [BOOK] });
  await world.night();
  const customers = await readCustomers(world.app.store.reader, world.ids[0] ?? fail());
  birch = customers.find(({ name }) => name === 'Birch')?.id ?? fail();
});
afterAll(() => world.close());

beforeEach(async () => {
  // Each test has a receiver of its own at an address of its own.
  receiver = new HeldReceiver(SECRET);
  await receiver.open();
  app = reopened();
});
afterEach(async () => {
  await app.close();
  await receiver.close();
});

function fail(): never {
  throw new Error('the world is not as expected');
}

/** The program started (again) on the world's data. */
function reopened(): App {
  const settings = { HOLDFAST_HELD_WEBHOOK_URL: receiver.url, HOLDFAST_HELD_WEBHOOK_SECRET: SECRET };
  const again = createApp(parseConfig({ ...world.env, ...settings }), { clock: new ImpatientClock() });
  again.clock.setOffset(world.emulator.clock.offsetMs());
  return again;
}

/** A person puts Birch on the exclusion list, or takes it off: the held list changes. */
let isExcluded = false;
async function changeList(): Promise<void> {
  isExcluded = !isExcluded;
  const id = world.ids[0] ?? fail();
  const change = { by: 'test', atMs: app.clock.nowMs() };
  await app.store.write(async (tx) => {
    await setExclusion(tx, id, customerId(birch), isExcluded ? 'the owner handles it' : null, change);
    await appendAudit(tx, change.atMs, {
      connectionId: id,
      actor: 'test',
      action: 'exclusion.set',
      subject: `customer ${birch}`,
      details: {},
    });
  });
}

const look = () => postHeldOnce(app);
const pass = (ms: number): void => {
  world.pass(ms);
  app.clock.setOffset(world.emulator.clock.offsetMs());
};
const HOUR_MS = 3_600_000;

describe('the webhook with the held list', () => {
  it('tells who is held, since when and why, signed', async () => {
    if (isExcluded) await changeList();
    await look();
    const [post] = receiver.heard;
    expect(post?.isGenuine).toBe(true);
    expect(post?.id).toBe(`held-${post?.list.version}`);
    expect(post?.list.companies).toMatchObject([{ id: 'xero-1', asOf: '2026-03-11' }]);
    expect(post?.list.held.map(({ customer }) => customer.name)).toEqual(['=Alder', 'Birch']);
    expect(post?.list.held[0]).toMatchObject({
      standing: 'hold',
      since: '2026-03-11',
      rule: 'overdue',
      exposureMinor: 900_00,
      currency: 'GBP',
      onPlatform: true,
    });
    expect(post?.list.held[0]?.clearing?.invoices).toEqual(['A1']);
  });

  it('is not posted again while nothing changes, and is when something does', async () => {
    await look();
    await look();
    expect(receiver.heard).toHaveLength(1);
    await changeList();
    await look();
    expect(receiver.heard).toHaveLength(2);
    const [first = 0, second = 0] = receiver.versions();
    expect(second).toBeGreaterThan(first);
  });

  it('is tried again with the very same bytes, later and later, until it is taken', async () => {
    receiver.mood = 500;
    await look();
    await look();
    expect(receiver.heard).toHaveLength(1);
    pass(6_000);
    await look();
    pass(6_000);
    await look();
    expect(receiver.heard).toHaveLength(2);
    receiver.mood = 204;
    pass(HOUR_MS);
    await look();
    expect(receiver.heard).toHaveLength(3);
    expect(new Set(receiver.heard.map(({ body }) => body)).size).toBe(1);
    expect(new Set(receiver.heard.map(({ id }) => id)).size).toBe(1);
    pass(HOUR_MS);
    await look();
    expect(receiver.heard).toHaveLength(3);
  });

  it('gives way to a newer list once somebody answered, though with a no', async () => {
    receiver.mood = 400;
    await look();
    await changeList();
    receiver.mood = 200;
    await look();
    const [refused = 0, taken = 0] = receiver.versions();
    expect(taken).toBeGreaterThan(refused);
  });

  it('survives a restart while the receiver is down, and is heard before what changed meanwhile', async () => {
    const { url } = receiver;
    await receiver.close();
    await look();
    const first = (await readHeldPosted(app.store.reader))?.version;
    await changeList();
    await app.close();
    app = reopened();
    expect(receiver.url).toBe(url);
    pass(HOUR_MS);
    await look();
    await receiver.open();
    pass(HOUR_MS);
    await look();
    expect(receiver.versions()).toHaveLength(2);
    expect(receiver.versions()[0]).toBe(first);
    const [before, after] = receiver.heard.map(({ list }) => list.held.length);
    expect(before).not.toBe(after);
  });

  it('goes to another address at once, whatever became of the list at the old one', async () => {
    await receiver.close();
    await look();
    await app.close();
    receiver = new HeldReceiver(SECRET);
    await receiver.open();
    app = reopened();
    await look();
    expect(receiver.heard).toHaveLength(1);
  });

  it('is not posted while the kill switch is on', async () => {
    const turn = (isOn: boolean) =>
      app.store.write((tx) => setKillSwitch(tx, isOn, { by: 'test', atMs: app.clock.nowMs() }));
    await turn(true);
    await look();
    expect(receiver.heard).toHaveLength(0);
    await turn(false);
    await look();
    expect(receiver.heard).toHaveLength(1);
  });

  it('is delivered once by two processes that look at the same time', async () => {
    const other = reopened();
    await Promise.all([look(), postHeldOnce(other)]);
    await other.close();
    expect(receiver.heard).toHaveLength(1);
  });

  it('is posted by a running server without anybody asking', async () => {
    const keeper = startHeldKeeper(app, { lookEveryMs: 5 });
    await expect.poll(() => receiver.heard.length, { timeout: 20_000 }).toBe(1);
    await changeList();
    await expect.poll(() => receiver.heard.length, { timeout: 20_000 }).toBe(2);
    await keeper.stop();
  });

  it('is heard in every version and never an older after a newer one, whatever the receiver does', async () => {
    const someMood = fc.constantFrom<Mood | 'down'>(200, 500, 429, 'cut', 'silent', 'down');
    const someSteps = fc.array(fc.record({ mood: someMood, changes: fc.boolean(), restarts: fc.boolean() }), {
      minLength: 3,
      maxLength: 8,
    });
    const putUp: number[] = [];
    await fc.assert(
      fc.asyncProperty(someSteps, async (steps) => {
        const note = async (): Promise<void> => {
          const posted = await readHeldPosted(app.store.reader);
          if (posted !== null && posted.version !== putUp.at(-1)) putUp.push(posted.version);
        };
        for (const { mood, changes, restarts } of steps) {
          await receiver.close();
          if (mood !== 'down') await receiver.open();
          receiver.mood = mood === 'down' ? 200 : mood;
          if (changes) await changeList();
          if (restarts) {
            await app.close();
            app = reopened();
          }
          pass(HOUR_MS);
          await look();
          await note();
        }
        await receiver.close();
        await receiver.open();
        receiver.mood = 200;
        await changeList();
        pass(HOUR_MS);
        await look();
        await note();
        const heard = receiver.versions();
        expect(heard).toEqual([...heard].sort((a, b) => a - b));
        expect(new Set(heard)).toEqual(new Set([...heard, ...putUp]));
        expect(receiver.heard.every(({ isGenuine }) => isGenuine)).toBe(true);
        const last = receiver.heard.at(-1)?.list.held.map(({ customer }) => customer.name);
        expect(last).toEqual(isExcluded ? ['=Alder'] : ['=Alder', 'Birch']);
      }),
      { numRuns: 12 },
    );
  });
});
