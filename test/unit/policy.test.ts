import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/domain/index.ts';
import {
  DEFAULT_POLICY_FILE,
  STANDINGS,
  compareStandings,
  parsePolicy,
  readPolicyFile,
  savePolicyVersion,
  worstStanding,
} from '../../src/policy/index.ts';
import { tempDir, tempStore } from '../support/temp-store.ts';

const shipped = readFileSync(DEFAULT_POLICY_FILE, 'utf8');

/** The default policy with one piece of its text changed. */
function changed(from: string, to: string): string {
  expect(shipped).toContain(from);
  return shipped.replace(from, to);
}

/** The faults that a policy text is refused for, one a line. */
function faultsOf(source: string): string[] {
  try {
    parsePolicy(source, 'policy.yaml');
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error).toMatchObject({ code: 'POLICY_INVALID', kind: 'config' });
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  throw new Error('this policy was taken');
}

/** Where a piece of the default policy's text stands, as messages say it. */
function placeOf(source: string, text: string): string {
  const before = source.slice(0, source.indexOf(text)).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
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

  it('does not change when what is the default anyway is left out', () => {
    expect(parsePolicy(changed('release: { useAtMostPercent: 95 }', ''), 'p').hash).toBe(hash);
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
