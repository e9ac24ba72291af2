import { realSleep } from './clock.ts';
import type { Sleep } from './clock.ts';

const dripEveryMs = 50;

/** A body in the pieces in which it leaves, each after its time; in one piece when no speed is given. */
export async function* dripped(
  body: Buffer,
  bytesPerSecond = Infinity,
  sleep: Sleep = realSleep,
): AsyncGenerator<Buffer> {
  if (body.length === 0) return;
  if (bytesPerSecond === Infinity) {
    yield body;
    return;
  }
  const size = Math.max(1, Math.round((bytesPerSecond * dripEveryMs) / 1000));
  for (let at = 0; at < body.length; at += size) {
    await sleep((size / bytesPerSecond) * 1000);
    yield body.subarray(at, at + size);
  }
}
