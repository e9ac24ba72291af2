import { afterEach, describe, expect, it } from 'vitest';
import { captureLog } from '../faults/captured-log.ts';
import { policyText } from '../support/policy-text.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

describe('a night with a policy that names nobody', () => {
  it('goes on, and says it in the log', async () => {
    const log = captureLog();
    world = await startWorld({
      xero: [smallBook('harbour', [{ name: 'Birch', bills: [bill('B1', 40, 200_00)] }])],
      policy: policyText(
        'overrides: [{ customer: Nobody, reason: r, until: 2026-12-31, set: { graceDays: 1 } }]',
        'segments: [{ name: atlantis, when: { country: [ZZ] } }]',
      ),
      settings: { HOLDFAST_LOG: 'warn' },
    });
    const night = await world.night();
    expect(night.judgement.standings.map(({ standing }) => standing)).toEqual(['hold']);
    expect(log.text()).toMatch(/no customer of harbour Trading Ltd \(xero-1\) has the id.*\\"Nobody\\"/);
    expect(log.text()).toMatch(/the segment \\"atlantis\\" matches nobody/);
  });
});
