import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { readLastRun } from '../../src/mirror/index.ts';
import { mirrored } from '../support/mirrored.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

const MAIN = new URL('../support/mirror-process-main.ts', import.meta.url);
const HOUR_MS = 3_600_000;
const CHANGES = { xero: '/api.xro/2.0/Invoices', quickbooks: '/v3/company/*/cdc' };

let world: World;
let children: Holdfast[] = [];
afterEach(async () => {
  for (const child of children) child.end();
  children = [];
  await world.close();
});

/** Another Holdfast on the world's data, ready to sync its first connection or to ask its platform one question. */
class Holdfast {
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  #heard: () => void = () => undefined;

  constructor(work: 'sync' | 'look') {
    const env = {
      ...world.env,
      HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())),
    };
    this.#child = fork(MAIN, [work, world.ids[0] ?? ''], { env, stdio: 'inherit' });
    this.#child.on('message', (message) => {
      this.#said.push(typeof message === 'string' ? message : '');
      this.#heard();
    });
    children.push(this);
  }

  /** The next thing that it says: 'ready', then how its work ended. */
  async hear(): Promise<string> {
    while (this.#said.length === 0) await new Promise<void>((resolve) => (this.#heard = resolve));
    return this.#said.shift() ?? '';
  }

  begin(): void {
    this.#child.send('go');
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  end(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }

  async gone(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

const book = smallBook('harbour', [
  { name: 'Ash', limit: '1000', bills: [bill('A1', 2, 200_00), bill('A2', -20, 300_00)] },
]);
const struck = (): number => world.emulator.faults.list()[0]?.struck ?? 0;
const tokenPath = { xero: '/connect/token', quickbooks: '/oauth2/v1/tokens/bearer' };

describe.each(['xero', 'quickbooks'] as const)('two processes on %s', (platform) => {
  it('renew an access token with one call when both need it at once', async () => {
    world = await startWorld({ [platform]: [book], mail: false });
    world.pass(2 * HOUR_MS);
    // Slow enough that the second process needs a token while the first one asks for it.
    world.emulator.faults.add({ method: 'POST', path: tokenPath[platform], delayMs: 700 });
    const both = [new Holdfast('look'), new Holdfast('look')];
    for (const one of both) expect(await one.hear()).toBe('ready');
    for (const one of both) one.begin();
    expect(await Promise.all(both.map((one) => one.hear()))).toEqual(['done', 'done']);
    expect(struck()).toBe(1);
    expect((await world.connection()).state).toBe('active');
    await Promise.all(both.map((one) => one.gone()));
  });

  it('never both write a run: the one that was suspended may not go on when it wakes', async () => {
    world = await startWorld({ [platform]: [book], mail: false });
    world.emulator.faults.add({ path: CHANGES[platform], delayMs: 1_500, times: 1 });
    const suspended = new Holdfast('sync');
    await suspended.hear();
    suspended.begin();
    while (struck() === 0) await delay(10);
    suspended.signal('SIGSTOP');
    await expect(world.sync()).rejects.toMatchObject({ code: 'LEASE_TAKEN' });
    world.pass(91_000);
    await world.sync();
    const published = await readLastRun(world.app.store.reader, world.ids[0]!);
    const rows = await mirrored(world.app, world.ids[0]!);
    suspended.signal('SIGCONT');
    expect(await suspended.hear()).toBe('LEASE_LOST');
    await suspended.gone();
    expect(published).toMatchObject({ state: 'published' });
    expect(await readLastRun(world.app.store.reader, world.ids[0]!)).toEqual(published);
    expect(await mirrored(world.app, world.ids[0]!)).toEqual(rows);
  });
});
