import { describe, expect, it } from 'vitest';
import { assert, present, unreachable } from '../../src/lib/index.ts';

const ours = (what: string): Error =>
  expect.objectContaining({
    code: 'ASSERTION_FAILED',
    kind: 'internal',
    message: expect.stringContaining(what) as string,
  }) as Error;

describe('what the code itself guarantees', () => {
  it('is checked in production too, and its failure is called a defect of ours', () => {
    expect(() => assert(1 > 2, 'one is more than two')).toThrow(ours('one is more than two'));
    expect(() => assert(true, 'never')).not.toThrow();
  });

  it('is there, or its absence has a name', () => {
    expect([present(0, 'x'), present('', 'x'), present(false, 'x')]).toEqual([0, '', false]);
    expect(() => present(null, 'the run')).toThrow(ours('the run is missing'));
    expect(() => present(undefined, 'the run')).toThrow(ours('the run is missing'));
  });

  it('says which case a switch did not know', () => {
    const sneaked = JSON.parse('"surprise"') as never;
    expect(() => unreachable(sneaked)).toThrow(ours('"surprise"'));
  });
});
