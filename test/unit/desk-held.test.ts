import { describe, expect, it } from 'vitest';
import type { HoldRelease, ManualStanding } from '../../src/cases/index.ts';
import type { Hold, StandingRecord } from '../../src/decisions/index.ts';
import { heldCustomers, type HeldSource } from '../../src/desk/held-customers.ts';
import { formatHeld } from '../../src/desk/index.ts';
import { customerId } from '../../src/domain/index.ts';
import { day } from '../support/mirror-records.ts';

const standing = (id: string, reason = 'It is overdue.'): StandingRecord => ({
  customerId: customerId(id),
  standing: 'hold',
  since: day('2026-03-02'),
  reasons: [{ rule: 'overdue', standing: 'hold', explanation: reason }],
  clearing: null,
  unpayable: null,
});
const hold = (id: string, state: Hold['state']): Hold => ({ customerId: customerId(id), episode: 1, state });
const release = (id: string, fields: Partial<HoldRelease> = {}): HoldRelease => ({
  id: 1,
  customerId: customerId(id),
  scope: 'customer',
  upToExposureMinor: 1000_00,
  orderReference: null,
  reason: 'agreed',
  by: 'Nadia',
  from: day('2026-03-01'),
  until: day('2026-03-31'),
  ...fields,
});
const manual = (id: string, fields: Partial<ManualStanding> = {}): ManualStanding => ({
  customerId: customerId(id),
  standing: 'hold',
  cause: 'person',
  reason: 'see the letter',
  by: 'Nadia',
  from: day('2026-03-10'),
  until: null,
  ...fields,
});

interface Told {
  standings?: StandingRecord[];
  holds?: Hold[];
  manual?: ManualStanding[];
  releases?: HoldRelease[];
  excluded?: string[];
  exposures?: Record<string, number>;
}

/** Customers p (with its sub-customer c) and x. Returns who is held, by which rule. */
function heldOf(told: Told): [string, string][] {
  const customers = ['p', 'c', 'x'].map((id) => ({
    id: customerId(id),
    name: `Customer ${id}`,
    accountNumber: null,
    status: 'active' as const,
    parent: id === 'c' ? customerId('p') : null,
  }));
  const source: HeldSource = {
    standings: new Map((told.standings ?? []).map((one) => [one.customerId, one])),
    holds: new Map((told.holds ?? []).map((one) => [one.customerId, one])),
    customers: new Map(customers.map((one) => [one.id, one])),
    exposures: new Map(
      Object.entries(told.exposures ?? { p: 900_00, c: 900_00, x: 900_00 }).map(([id, minor]) => [
        customerId(id),
        minor,
      ]),
    ),
    manual: told.manual ?? [],
    releases: told.releases ?? [],
    excluded: new Set((told.excluded ?? []).map(customerId)),
  };
  return heldCustomers(source).map(({ customer, rule }) => [customer.id, rule]);
}

describe('the held list', () => {
  it('has holds of the night, those that people set since, and those that only the platform has', () => {
    expect(
      heldOf({
        standings: [standing('p')],
        manual: [manual('c', { standing: 'stop' })],
        holds: [hold('x', 'on')],
      }),
    ).toEqual([
      ['c', 'manual'],
      ['p', 'overdue'],
      ['x', 'on-platform'],
    ]);
  });

  it('has nobody whom a manual standing milder than a hold is about', () => {
    expect(heldOf({ manual: [manual('x', { standing: 'prepay' })] })).toEqual([]);
  });

  it('leaves out who is excluded, or whose hold a person took away, with the sub-customers', () => {
    const standings = [standing('p'), standing('c')];
    expect(heldOf({ standings, excluded: ['p'] })).toEqual([]);
    expect(heldOf({ standings, holds: [hold('p', 'drift')] })).toEqual([]);
    expect(heldOf({ standings, excluded: ['c'] })).toEqual([['p', 'overdue']]);
  });

  it('leaves out who is released, as long as it owes no more than the release says', () => {
    const standings = [standing('x')];
    expect(heldOf({ standings, releases: [release('x')] })).toEqual([]);
    expect(heldOf({ standings, releases: [release('x')], holds: [hold('x', 'on')] })).toEqual([]);
    expect(heldOf({ standings, releases: [release('x')], exposures: { x: 1000_01 } })).toHaveLength(1);
    expect(heldOf({ standings, releases: [release('x')], exposures: {} })).toHaveLength(1);
    expect(
      heldOf({ standings, releases: [release('x', { scope: 'order', orderReference: 'SO-1' })] }),
    ).toHaveLength(1);
  });

  it('lets a release go above a hold that a person set, and not above a stop, a fraud or an insurer', () => {
    const of = (fields: Partial<ManualStanding>) =>
      heldOf({ manual: [manual('x', fields)], releases: [release('x')] });
    expect(of({})).toEqual([]);
    expect(of({ standing: 'stop' })).toEqual([['x', 'manual']]);
    expect(of({ cause: 'fraud' })).toEqual([['x', 'fraud']]);
    expect(of({ cause: 'insurer' })).toEqual([['x', 'insurer']]);
  });

  it('has no cell in its CSV that a spreadsheet would compute', () => {
    const csv = formatHeld({
      companies: [],
      held: [
        {
          connection: { id: 'xero-1', platform: 'xero', name: 'Oak' },
          customer: {
            id: 'xero-1:c1',
            remoteId: 'c1',
            name: '=HYPERLINK("http://x.example")',
            accountNumber: '+1',
          },
          standing: 'hold',
          since: '2026-03-02',
          rule: 'overdue',
          reason: '@SUM(1), "quoted"',
          currency: 'GBP',
          exposureMinor: -5_00,
          clearing: null,
          onPlatform: true,
        },
      ],
    });
    const [header, row] = csv.split('\n');
    expect(header).toBe(
      'connection,customer,account_number,name,standing,since,rule,reason,currency,exposure,clears_with,clearing,on_platform',
    );
    expect(row).toBe(
      `xero-1,c1,'+1,"'=HYPERLINK(""http://x.example"")",hold,2026-03-02,overdue,"'@SUM(1), ""quoted""",GBP,-5.00,,,yes`,
    );
  });
});
