import { HoldfastError } from '../domain/index.ts';

/** For what the code itself guarantees; stays on in production. Throws ASSERTION_FAILED (a defect of ours). */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition)
    throw new HoldfastError('ASSERTION_FAILED', `This should not happen: ${what}.`, { kind: 'internal' });
}

/** The value, or ASSERTION_FAILED when it is null or undefined. */
export function present<T>(value: T | null | undefined, what: string): T {
  assert(value !== null && value !== undefined, `${what} is missing`);
  return value;
}

/** Never reached when a switch over a union is complete; the compiler says so. */
export function unreachable(value: never): never {
  throw new HoldfastError(
    'ASSERTION_FAILED',
    `This should not happen: no case for ${JSON.stringify(value)}.`,
    {
      kind: 'internal',
    },
  );
}
