import { describe, expect, it } from 'vitest';
import type { TokenSet } from '../../src/domain/index.ts';
import { readExpiries, readNewExpiries } from '../../src/mirror/index.ts';
import { TOKENS } from '../support/fake-platform.ts';
import { NOW_MS } from '../support/mirror-records.ts';

const DAY_MS = 86_400_000;
const tokens = (fields: Partial<TokenSet>): TokenSet => ({ ...TOKENS, refreshExpiresAtMs: null, ...fields });

describe('the end of a consent', () => {
  it.each([
    [31, null],
    [30, 30],
    [8, 30],
    [7, 7],
    [2, 7],
    [1, 1],
    [0.1, 1],
    [0, 0],
    [-3, 0],
  ])('%d days ahead is within %s days', (days, withinDays) => {
    const untilMs = NOW_MS + days * DAY_MS;
    expect(readExpiries(tokens({ refreshExpiresAtMs: untilMs }), NOW_MS)).toEqual([
      { what: 'unused', untilMs, withinDays },
    ]);
    expect(readExpiries(tokens({ consentEndsAtMs: untilMs }), NOW_MS)).toEqual([
      { what: 'for-good', untilMs, withinDays },
    ]);
  });

  it('is nothing to speak of where access renews itself', () => {
    expect(readExpiries(tokens({ grant: 'client-credentials' }), NOW_MS)).toEqual([]);
  });

  it('is said once per threshold when it is looked at every night', () => {
    const ending = tokens({ consentEndsAtMs: NOW_MS + 40 * DAY_MS });
    const said: number[] = [];
    for (let night = 1; night <= 45; night += 1) {
      const nowMs = NOW_MS + night * DAY_MS;
      if (readNewExpiries(ending, nowMs - DAY_MS, nowMs).length > 0) said.push(40 - night);
    }
    expect(said).toEqual([30, 7, 1, 0]);
  });
});
