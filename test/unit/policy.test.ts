import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_POLICY_FILE,
  STANDINGS,
  compareStandings,
  parsePolicy,
  readPolicyFile,
  readPolicyVersion,
  savePolicyVersion,
  worstStanding,
} from '../../src/policy/index.ts';
import { faultsOf, placeOf, policyText, shippedPolicy } from '../support/policy-text.ts';
import { tempDir, tempStore } from '../support/temp-store.ts';

const shipped = shippedPolicy;

/** The default policy with one piece of its text changed. */
function changed(from: string, to: string): string {
  expect(shipped).toContain(from);
  return shipped.replace(from, to);
}

describe('the default policy', () => {
  it('can be used as it is and says what the manual says', () => {
    const policy = readPolicyFile(DEFAULT_POLICY_FILE);
    expect(policy.rules).toEqual([
      { rule: 'near-limit', useAtLeastPercent: 80, standing: 'watch' },
      { rule: 'over-limit', useAbovePercent: 100, standing: 'approve-first' },
      { rule: 'over-limit', useAbovePercent: 110, standing: 'hold' },
      { rule: 'overdue', daysAtLeast: 1, standing: 'watch' },
      { rule: 'overdue', daysAtLeast: 15, standing: 'approve-first' },
      { rule: 'overdue', daysAtLeast: 30, amountAtLeast: 250, orShareAtLeastPercent: 5, standing: 'hold' },
      { rule: 'cash-only', standing: 'prepay' },
      { rule: 'unassessed', openAtLeast: 1000, standing: 'clear' },
    ]);
    expect(policy.release.useAtMostPercent).toBe(95);
    expect(policy.reminders.steps).toEqual([-3, 1, 7, 14, 30]);
    expect(policy.standings.watch).toEqual({ effect: 'none', automatic: false });
  });
});

describe('a policy is refused', () => {
  it('for a word that it does not know, at the line and column of that word’s value', () => {
    const source = changed('graceDays: 0', 'graceDay: 3, other: 4');
    const faults = faultsOf(source);
    expect(faults).toHaveLength(2);
    expect(faults[0]).toContain('"graceDay"');
    expect(faults[0]).toContain(placeOf(source, '3, other'));
    expect(faults[1]).toContain('"other"');
  });

  it('for a word that stands twice', () => {
    const [fault = ''] = faultsOf(
      changed('automatic: true\n  steps', 'automatic: true\n  automatic: false\n  steps'),
    );
    expect(fault).toMatch(/unique/i);
    expect(fault).toMatch(/line \d+, column \d+/);
  });

  it.each([
    ['.nan', 'NaN'],
    ['.inf', 'Infinity'],
    ['1e400', 'too large for a number'],
    ['-250', 'negative'],
    ['"250"', 'a text'],
    ['1e13', 'beyond what is kept exactly'],
  ])('for an amount of %s (%s)', (amount) => {
    const source = changed('amountAtLeast: 250.00', `amountAtLeast: ${amount}`);
    const [fault = ''] = faultsOf(source);
    expect(fault).toContain('rules.5.amountAtLeast');
    expect(fault).toContain(placeOf(source, `${amount}, orShare`));
  });

  it.each([
    ['daysAtLeast: 15', 'daysAtLeast: 15.5', 'rules.4.daysAtLeast'],
    ['daysAtLeast: 15', 'daysAtLeast: 0', 'rules.4.daysAtLeast'],
    ['useAbovePercent: 110', 'useAbovePercent: -1', 'rules.2.useAbovePercent'],
    ['rule: cash-only', 'rule: cash-onyl', 'rules.6'],
    ['standing: prepay', 'standing: pre-pay', 'rules.6.standing'],
    ["from: '09:00'", "from: '9 am'", 'reminders.window.from'],
    ['weekdays: [1, 2, 3, 4, 5]', 'weekdays: []', 'reminders.window.weekdays'],
    ['version: 1', 'version: 2', 'version'],
    ['hold: { effect: hold, automatic: true }', 'hold: { effect: archive }', 'standings.hold.effect'],
  ])('when "%s" reads "%s"', (from, to, path) => {
    expect(faultsOf(changed(from, to))[0]).toContain(path);
  });

  it('with all of its faults at once', () => {
    const source = changed('daysAtLeast: 15', 'daysAtLeast: many').replace('version: 1', 'version: one');
    expect(faultsOf(source)).toHaveLength(2);
  });

  it.each([
    ['two', 'useAtLeastPercent: 80', 'useAtLeastPercent: 80, useAbovePercent: 80'],
    ['none', 'useAtLeastPercent: 80, ', ''],
  ])('when a use rule has %s of the two thresholds', (_count, from, to) => {
    expect(faultsOf(changed(from, to))[0]).toMatch(/exactly one/);
  });

  it('when more use or more days would give a milder standing', () => {
    const use = changed('useAbovePercent: 110, standing: hold', 'useAbovePercent: 110, standing: watch');
    expect(faultsOf(use)[0]).toMatch(/milder standing \(watch\).*\(approve-first\)/);
    const days = changed('daysAtLeast: 15, standing: approve-first', 'daysAtLeast: 15, standing: stop');
    expect(faultsOf(days)[0]).toContain(
      `line ${shipped.split('daysAtLeast: 30')[0]?.split('\n').length ?? 0},`,
    );
  });

  it('when a hold would be released as soon as it is placed', () => {
    expect(faultsOf(changed('useAtMostPercent: 95', 'useAtMostPercent: 111'))[0]).toMatch(/released at once/);
    expect(parsePolicy(changed('useAtMostPercent: 95', 'useAtMostPercent: 110'), 'p').name).toBe(
      'Default policy',
    );
  });

  it.each([
    ['[-3, 1, 7, 14, 30]', '[-3, 7, 1]', /ascend/],
    ['[-3, 1, 7, 14, 30]', '[1, 1]', /ascend/],
    ['[-3, 1, 7, 14, 30]', '[-3, 0, 7]', /step 0/],
    ["to: '17:00'", "to: '08:00'", /ends \(08:00\) before it begins/],
    ["to: '17:00'", "to: '09:00'", /ends \(09:00\) before it begins/],
  ])('when the reminders say %s → %s', (from, to, message) => {
    expect(faultsOf(changed(from, to))[0]).toMatch(message);
  });

  it.each([
    ['is empty', ''],
    ['is a list', '- 1\n- 2'],
    ['is no YAML', 'rules: [1, 2'],
    ['has two documents', `${shipped}\n---\n${shipped}`],
    ['names an anchor that there is not', changed('name: Default policy', 'name: *nobody')],
    [
      'swells without end',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
    ],
  ])('when it %s', (_what, source) => {
    expect(faultsOf(source).length).toBeGreaterThan(0);
  });

  it('with the name of the file, when it cannot be read at all', () => {
    const file = join(tempDir(), 'policy.yaml');
    expect(() => readPolicyFile(file)).toThrow(
      expect.objectContaining({
        code: 'POLICY_UNREADABLE',
        message: expect.stringContaining(file) as string,
      }),
    );
  });
});

describe('the hash of a policy', () => {
  const hash = parsePolicy(shipped, 'p').hash;

  it('does not change with comments, spacing or the order of words', () => {
    const rewritten = changed(
      'overdue: { tolerance: 1.00, graceDays: 0 }',
      '# same\noverdue:\n  graceDays: 0\n  tolerance: 1',
    );
    expect(parsePolicy(rewritten, 'q').hash).toBe(hash);
    expect(parsePolicy(shipped, 'elsewhere').hash).toBe(hash);
  });

  it('is of what is written, so that new defaults of a later release leave it as it is', () => {
    const without = parsePolicy(changed('release: { useAtMostPercent: 95 }', ''), 'p');
    expect(without.release.useAtMostPercent).toBe(95);
    expect(without.hash).not.toBe(hash);
    // The hash that a file of this text has had since hashes are of what is written: a promise to its decisions.
    const small = policyText('overdue: { tolerance: 1.50 }');
    expect(parsePolicy(small, 'p').hash).toBe('2753e211f50d6f50');
  });

  it('does not change with a byte-order mark or with the line ends of Windows', () => {
    expect(parsePolicy(`\uFEFF${shipped}`, 'p').hash).toBe(hash);
    expect(parsePolicy(shipped.replaceAll('\n', '\r\n'), 'p').hash).toBe(hash);
  });

  it('changes with every figure and with the order of the rules', () => {
    expect(parsePolicy(changed('tolerance: 1.00', 'tolerance: 1.01'), 'p').hash).not.toBe(hash);
    expect(parsePolicy(changed('automatic: true\n  steps', 'automatic: false\n  steps'), 'p').hash).not.toBe(
      hash,
    );
  });

  it('finds the text of every version that was used, as it was', async () => {
    const store = tempStore();
    const policy = parsePolicy(shipped, 'p');
    await store.write((tx) => savePolicyVersion(tx, policy, 1));
    await store.write((tx) => savePolicyVersion(tx, policy, 2));
    const rows = await store.reader.selectFrom('policy_version').selectAll().execute();
    expect(rows).toEqual([{ hash, content: shipped, first_used_at_ms: 1 }]);
  });
});

describe('a version that was used', () => {
  it('reads as it was, under the hash that decisions cite', async () => {
    const store = tempStore();
    const policy = parsePolicy(shipped, 'p');
    // Under another hash than today's, as a release with another way of hashing left it.
    await store.write((tx) => savePolicyVersion(tx, { ...policy, hash: 'an-older-release' }, 1));
    const read = await readPolicyVersion(store.reader, 'an-older-release');
    expect(read).toEqual({ ...policy, hash: 'an-older-release' });
  });

  it('reads even when it contradicts itself by the standards of today', async () => {
    const store = tempStore();
    const idle = policyText(
      'rules: [{ rule: cash-only, standing: hold }, { rule: cash-only, standing: prepay }]',
    );
    expect(() => parsePolicy(idle, 'p')).toThrow(/can never matter/);
    const used = { ...parsePolicy(shipped, 'p'), hash: 'used', source: idle };
    await store.write((tx) => savePolicyVersion(tx, used, 1));
    expect((await readPolicyVersion(store.reader, 'used'))?.rules).toHaveLength(2);
  });

  it('is null when there was none', async () => {
    expect(await readPolicyVersion(tempStore().reader, 'never')).toBeNull();
  });

  it('says which it is when this release does not take it any more', async () => {
    const store = tempStore();
    const policy = { ...parsePolicy(shipped, 'p'), hash: 'abcdef0123456789', source: 'version: 0' };
    await store.write((tx) => savePolicyVersion(tx, policy, 1));
    await expect(readPolicyVersion(store.reader, 'abcdef0123456789')).rejects.toMatchObject({
      code: 'POLICY_VERSION_UNREADABLE',
      kind: 'data',
      message: expect.stringContaining('policy version abcdef0123456789') as string,
    });
  });
});

describe('a policy file', () => {
  it('is parsed when its text changed, and gives the same object until then', () => {
    const file = join(tempDir(), 'policy.yaml');
    writeFileSync(file, policyText());
    const first = readPolicyFile(file);
    expect(readPolicyFile(file)).toBe(first);
    writeFileSync(file, policyText('overdue: { graceDays: 4 }'));
    expect(readPolicyFile(file).overdue.graceDays).toBe(4);
  });
});

describe('standings', () => {
  it('are ordered from clear to stop', () => {
    expect([...STANDINGS].sort(compareStandings)).toEqual([...STANDINGS]);
    expect(compareStandings('watch', 'watch')).toBe(0);
  });

  it('give way to the most severe of them', () => {
    expect(worstStanding(['watch', 'hold', 'prepay'])).toBe('hold');
    expect(worstStanding([])).toBe('clear');
  });
});
