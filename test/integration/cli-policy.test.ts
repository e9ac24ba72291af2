import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../../emulator/visit.ts';
import { CommandLine, type RunningCommand } from '../support/command-line.ts';
import { policyText, shippedPolicy } from '../support/policy-text.ts';

interface Failure {
  error: { code: string; kind: string; message: string };
}
interface Facts {
  customer: { id: string; remoteId: string; name: string };
  overdueMinor: number | null;
}

const cli = new CommandLine();
let emulator: RunningCommand;
let facts: Facts[];

/** Writes a policy file for a test and gives its path. */
function write(name: string, text: string): string {
  const file = join(cli.root, name);
  writeFileSync(file, text);
  return file;
}

const failureOf = (stderr: string): Failure['error'] => (JSON.parse(stderr) as Failure).error;

beforeAll(async () => {
  emulator = cli.start({}, 'emulator', '--seed', '7', '--size', 'small', '--limits', 'off', '--json');
  const { env } = await emulator.jsonLine<{ env: Record<string, string> }>();
  cli.env = { ...cli.env, ...env, XERO_CALLS_PER_MINUTE: '10000' };
});

afterAll(async () => {
  expect(await emulator.stop()).toMatchObject({ code: 0 });
  cli.remove();
});

describe('before anything is connected', () => {
  it('checks, tests and compares files, and leaves nothing behind', async () => {
    const [a, b] = [
      write('a.yaml', shippedPolicy),
      write('b.yaml', shippedPolicy.replace('graceDays: 0', 'graceDays: 3')),
    ];
    expect(await cli.json('policy', 'check', b)).toMatchObject({
      valid: true,
      connections: [],
      skipped: [],
      remarks: [],
    });
    expect(await cli.json('policy', 'diff', a, b)).toMatchObject({
      changes: [{ kind: 'changed', where: 'overdue.graceDays', from: 0, to: 3 }],
      connections: [],
    });
    const tested = await cli.json<{ passed: number; failed: number }[]>('policy', 'test', a);
    expect(tested).toMatchObject([{ failed: 0 }]);
    expect(() => rmSync(cli.dataDir, { recursive: true })).toThrow(/ENOENT/);
  });

  it('prints the schema that editors complete by, with --json and without', async () => {
    const plain = await cli.run('policy', 'schema');
    expect(JSON.parse(plain.stdout)).toMatchObject({
      title: 'Holdfast credit policy',
      required: expect.arrayContaining(['rules']) as string[],
    });
    expect((await cli.run('policy', 'schema', '--json')).stdout).toBe(plain.stdout);
  });

  it('ends with 3 when an example is not judged as it says, and says why', async () => {
    const file = write('wrong.yaml', shippedPolicy.replace('daysAtLeast: 15', 'daysAtLeast: 16'));
    const { code, stdout, stderr } = await cli.run('policy', 'test', file);
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /✗ 15 days overdue is approved first\n +expected approve-first, flags overdue\n +found +watch, flags overdue/,
    );
    expect(stdout).toMatch(/Example customer is overdue with 5,000\.00 GBP/);
    expect(stderr).toMatch(/POLICY_TESTS_FAILED: 1 of \d+ examples is not judged as expected/);
    const asJson = await cli.run('policy', 'test', file, '--json');
    expect(failureOf(asJson.stderr)).toMatchObject({ code: 'POLICY_TESTS_FAILED', kind: 'config' });
    const [result] = JSON.parse(asJson.stdout) as [{ examples: { passed: boolean; because: string[] }[] }];
    expect(result.examples.filter(({ passed }) => !passed)).toHaveLength(1);
  });

  it('says that there are no examples rather than that all passed', async () => {
    const { code, stdout } = await cli.run('policy', 'test', write('none.yaml', policyText()));
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('It has no examples') as string,
    });
  });

  it('refuses a version that was never used here', async () => {
    const { code, stderr } = await cli.run(
      'policy',
      'diff',
      '0123456789abcdef',
      write('a.yaml', shippedPolicy),
      '--json',
    );
    expect(code).toBe(2);
    expect(failureOf(stderr).code).toBe('POLICY_VERSION_UNKNOWN');
  });
});

describe('beside a company', () => {
  beforeAll(async () => {
    const command = cli.start({}, 'connect', 'xero', '--print-url', '--json');
    await visit((await command.jsonLine<{ url: string }>()).url);
    await command.jsonLine();
    expect(await command.end()).toMatchObject({ code: 0 });
  });

  it('does not blame a policy before the first sync', async () => {
    const file = write(
      'early.yaml',
      policyText('overrides: [{ customer: Nobody, reason: r, until: 2026-12-31, set: { graceDays: 1 } }]'),
    );
    const checked = await cli.json<{ skipped: object[]; remarks: string[] }>('policy', 'check', file);
    expect(checked.skipped).toHaveLength(2);
    expect(checked.skipped[0]).toMatchObject({
      because: expect.stringContaining('never been synced') as string,
    });
    expect(checked.remarks).toEqual([]);
  });

  it('refuses overrides for nobody and segments of nobody at their place, unless told to look at the file alone', async () => {
    expect((await cli.run('sync')).code).toBe(0);
    facts = await cli.json<Facts[]>('facts');
    const text = policyText(
      'overrides: [{ customer: Nobody, reason: r, until: 2026-12-31, set: { graceDays: 1 } }]',
      'segments: [{ name: atlantis, when: { country: [ZZ] } }]',
    );
    const file = write('misfit.yaml', text);
    const { code, stderr, stdout } = await cli.run('policy', 'check', file, '--json');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    const error = failureOf(stderr);
    expect(error.code).toBe('POLICY_MISFIT');
    expect(error.message).toMatch(
      /line 8, column 25: no customer of .* has the id, account number or name "Nobody"/,
    );
    expect(error.message).toMatch(/line 9, column 36: the segment "atlantis" matches nobody/);
    expect(await cli.json('policy', 'check', file, '--no-connections')).toMatchObject({
      valid: true,
      connections: [],
    });
  });

  it('takes a policy that fits, and says whom it fits', async () => {
    const name = facts[0]?.customer.name ?? '';
    const file = write(
      'fits.yaml',
      policyText(
        `overrides: [{ customer: ${JSON.stringify(name)}, reason: r, until: 2026-12-31, set: { graceDays: 1 } }]`,
      ),
    );
    const checked = await cli.json('policy', 'check', file);
    expect(checked).toMatchObject({
      valid: true,
      connections: [{ id: 'xero-1' }, { id: 'xero-2' }],
      skipped: [],
      remarks: [],
    });
    expect((await cli.run('policy', 'check', file)).stdout).toMatch(/It fits .+\./);
  });

  it('lets a night go on with a policy that does not fit', async () => {
    mkdirSync(cli.dataDir, { recursive: true });
    writeFileSync(
      join(cli.dataDir, 'policy.yaml'),
      policyText('overrides: [{ customer: Nobody, reason: r, until: 2026-12-31, set: { graceDays: 1 } }]'),
    );
    expect((await cli.run('decide')).code).toBe(0);
    rmSync(join(cli.dataDir, 'policy.yaml'));
  });

  it('says who would stand differently, from what to what and why, and for a version that was used as for a file', async () => {
    expect((await cli.run('decide')).code).toBe(0);
    const { hash } = await cli.json<{ hash: string }>('policy', 'show');
    const harsh = write(
      'harsh.yaml',
      policyText('rules: [{ rule: overdue, daysAtLeast: 1, standing: stop }]'),
    );
    interface Diff {
      from: { hash: string };
      connections: {
        customers: number;
        totals: Record<string, { from: number; to: number }>;
        changes: {
          customer: { id: string };
          from: string;
          to: string;
          because: { to: { explanation: string }[] };
        }[];
      }[];
    }
    const diff = await cli.json<Diff>('policy', 'diff', hash, harsh);
    expect(diff.from.hash).toBe(hash);
    const [one] = diff.connections;
    const stopped = one?.changes.filter(({ to }) => to === 'stop') ?? [];
    expect(stopped.length).toBe(one?.totals.stop?.to);
    expect(stopped.length).toBeGreaterThan(0);
    expect(stopped[0]?.because.to[0]?.explanation).toMatch(/The policy says stop from 1 day/);
    expect(diff.connections.reduce((sum, { customers }) => sum + customers, 0)).toBe(facts.length);
    const same = await cli.json<Diff>(
      'policy',
      'diff',
      hash,
      write('same.yaml', shippedPolicy),
      '--connection',
      'xero-1',
    );
    expect(same.connections.map(({ changes }) => changes)).toEqual([[]]);
    const printed = (await cli.run('policy', 'diff', hash, harsh, '--as-of', '2026-03-11')).stdout;
    expect(printed).toMatch(/rule "overdue by 1 day or more → stop" is new/);
    expect(printed).toMatch(/\(xero-1\) on 2026-03-11: \d+ of \d+ customers stand differently\./);
  });
});
