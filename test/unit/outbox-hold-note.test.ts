import { describe, expect, it } from 'vitest';
import { connectionId, customerId } from '../../src/domain/index.ts';
import { holdNote, staffReason, type HoldIntent } from '../../src/outbox/hold-effect.ts';
import { day } from '../support/mirror-records.ts';

const intent = (kind: HoldIntent['kind'], reason: string): HoldIntent => ({
  id: 1,
  connectionId: connectionId('xero-1'),
  key: `${kind}:c1:1:2026-03-11`,
  kind,
  customerId: customerId('c1'),
  reminderId: null,
  asOf: day('2026-03-11'),
  run: 1,
  policyHash: 'abc',
  notBeforeMs: 0,
  expiresAtMs: 0,
  state: 'ready',
  stateReason: '',
  decidedBy: 'policy',
  snoozedUntil: null,
  createdAtMs: 0,
  changedAtMs: 0,
  content: { customerName: 'Birch', episode: 1, reason },
});
const STOPS = 'No new credit orders; delivered goods may be invoiced, refunds never stop.';

describe('what staff read of a hold on the platform', () => {
  it('says why, what it stops and what it never does', () => {
    const hold = intent('hold.place', 'Birch is overdue with 600.00 GBP.');
    expect(staffReason(hold)).toBe(`Birch is overdue with 600.00 GBP. ${STOPS}`);
    expect(holdNote(hold)).toBe(`Credit hold placed by Holdfast. Birch is overdue with 600.00 GBP. ${STOPS}`);
  });

  it('keeps what it stops whole, however long the reason', () => {
    const hold = intent('hold.place', 'long '.repeat(100));
    expect(staffReason(hold)).toHaveLength(200);
    expect(holdNote(hold)).toHaveLength(225);
    for (const text of [staffReason(hold), holdNote(hold)]) expect(text.endsWith(`… ${STOPS}`)).toBe(true);
  });

  it('says no more than that it is gone when it is released', () => {
    const release = intent('hold.release', 'The cause of the hold is gone: the standing is clear.');
    expect(holdNote(release)).toBe(
      'Credit hold released by Holdfast. The cause of the hold is gone: the standing is clear.',
    );
  });
});
