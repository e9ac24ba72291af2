import type { Store, Tx } from '../store/index.ts';

class RehearsalOver extends Error {}

/** Does the work in one transaction; in a rehearsal it is undone, and the answer is what it would have been. */
export async function writeOrRehearse<T>(
  store: Store,
  isRehearsal: boolean,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (!isRehearsal) return store.write(work);
  let answer: { value: T } | undefined;
  try {
    await store.write(async (tx) => {
      answer = { value: await work(tx) };
      throw new RehearsalOver();
    });
  } catch (error) {
    if (!(error instanceof RehearsalOver) || answer === undefined) throw error;
    return answer.value;
  }
  throw new RehearsalOver();
}
