import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from './world.ts';

const child = new URL('./second-process-main.ts', import.meta.url);

/**
 * Runs a night or the dispatch of a connection in a process of its own, on the same data, and kills it (SIGKILL: it
 * has no say) as soon as `until` is true. Fails when the work ends before that.
 */
export async function killDuring(
  world: World,
  work: 'night' | 'dispatch',
  until: () => boolean,
): Promise<void> {
  const env = { ...world.env, HOLDFAST_CLOCK_OFFSET_MS: String(Math.round(world.emulator.clock.offsetMs())) };
  const started = fork(child, [work, world.ids[0] ?? ''], { env, stdio: 'inherit' });
  const gone = once(started, 'exit');
  while (!until()) {
    if (started.exitCode !== null) throw new Error(`the ${work} ended before it could be killed`);
    await delay(10);
  }
  started.kill('SIGKILL');
  const [code] = (await gone) as [number | null];
  if (code !== null) throw new Error(`the ${work} ended by itself (${code})`);
}
