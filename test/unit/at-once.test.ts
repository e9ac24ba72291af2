import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AtOnce } from '../../src/lib/index.ts';

/** Work that ends when it is told to. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('work that is done at most so many at once', () => {
  it('waits for a place, and gets them in the order in which it came', async () => {
    const room = new AtOnce(2);
    const gates = [gate(), gate(), gate(), gate()];
    const begun: number[] = [];
    const all = gates.map(({ opened }, index) =>
      room.run(async () => {
        begun.push(index);
        await opened;
        return index;
      }),
    );
    await turn();
    expect(begun).toEqual([0, 1]);
    gates[1]?.open();
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    gates.forEach(({ open }) => open());
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
  });

  it('leaves its place when it fails', async () => {
    const room = new AtOnce(1);
    await expect(room.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(room.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });
});
