import { describe, expect, it } from 'vitest';
import { Stopping } from '../../src/cli/stopping.ts';

const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');

describe('long work on the command line', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends in order after %s, and a second one ends it at once',
    (signal) => {
      const before = listeners();
      const stopping = new Stopping();
      stopping.assertGoOn('not yet');
      process.emit(signal);
      expect(listeners()).toBe(before);
      expect(() => stopping.assertGoOn('Stopped before it was done.')).toThrow(
        expect.objectContaining({
          code: 'STOPPED',
          kind: 'state',
          message: 'Stopped before it was done.',
        }) as Error,
      );
    },
  );

  it('leaves signals as they were when it is done', () => {
    const before = listeners();
    new Stopping().end();
    expect(listeners()).toBe(before);
  });
});
