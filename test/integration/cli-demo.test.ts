import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine } from '../support/command-line.ts';
import type { ProgramResult } from '../support/run-program.ts';

interface Summary {
  connections: {
    platform: string;
    name: string;
    customers: number;
    invoices: number;
    openInvoices: number;
    calls: number;
    flags: { overLimit: number; nearLimit: number; overdue: number };
    holds: { placed: number; confirmed: number };
    reminders: { sent: number; confirmed: number };
  }[];
  dashboard: string | null;
}

const MINUTES = 60_000;
/** Settings of a user with real companies: the demo must not touch them. Nothing listens on that port. */
const REAL = {
  XERO_API_URL: 'http://127.0.0.1:59999',
  XERO_CLIENT_ID: 'the-real-client',
  QUICKBOOKS_CLIENT_ID: 'the-real-client',
  SMTP_URL: 'smtp://127.0.0.1:59999',
  MAIL_FROM: 'real@example.com',
};
const cli = new CommandLine({ HOLDFAST_KEY_FILE: '', HOLDFAST_PORT: 'not a port', ...REAL });

const summaryOf = ({ stdout }: ProgramResult): Summary =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Summary;

async function demo(...args: string[]): Promise<Summary> {
  const result = await cli.run('demo', '--once', '--json', ...args);
  expect(result.code, result.stderr).toBe(0);
  expect(result).toMatchObject({ stderr: '', stdout: expect.stringMatching(/^\{.+\}\n$/) as string });
  return summaryOf(result);
}

/** What was placed and sent, and how much of it was confirmed, all companies together. */
function effectsOf({ connections }: Summary): { placed: number; sent: number; unconfirmed: number } {
  const sum = (of: (one: Summary['connections'][number]) => number): number =>
    connections.reduce((total, one) => total + of(one), 0);
  const placed = sum((one) => one.holds.placed);
  const sent = sum((one) => one.reminders.sent);
  const confirmed = sum((one) => one.holds.confirmed + one.reminders.confirmed);
  return { placed, sent, unconfirmed: placed + sent - confirmed };
}

const withoutCalls = (summary: Summary): object[] =>
  summary.connections.map(({ calls: _calls, holds: _holds, reminders: _reminders, ...rest }) => rest);

describe('the demo', () => {
  let first: Summary;

  beforeAll(async () => {
    first = await demo();
  }, 3 * MINUTES);
  afterAll(() => cli.remove());

  it('shows a night with flags of each kind, holds and reminders on every company, all confirmed', () => {
    expect(Object.keys(first)).toEqual(['connections', 'dashboard']);
    expect(first.connections.map((one) => one.platform)).toEqual(['xero', 'xero', 'quickbooks']);
    expect(first.dashboard).toBeNull();
    for (const one of first.connections) {
      expect(Object.keys(one)).toEqual([
        ...[
          'platform',
          'name',
          'customers',
          'invoices',
          'openInvoices',
          'calls',
          'flags',
          'holds',
          'reminders',
        ],
      ]);
      expect(Math.min(one.flags.overLimit, one.flags.nearLimit, one.flags.overdue)).toBeGreaterThanOrEqual(3);
      expect(one.holds.placed).toBeGreaterThanOrEqual(2);
      expect(one.reminders.sent).toBeGreaterThanOrEqual(3);
    }
    expect(effectsOf(first).unconfirmed).toBe(0);
  });

  it(
    'finds the same world at the same time the second time, and nothing left to do',
    async () => {
      const second = await demo();
      expect(effectsOf(second)).toEqual({ placed: 0, sent: 0, unconfirmed: 0 });
      expect(withoutCalls(second)).toEqual(withoutCalls(first));
    },
    2 * MINUTES,
  );

  it(
    'goes on to the next day when asked, where more has become overdue',
    async () => {
      const next = await demo('--next-day');
      expect(effectsOf(next).unconfirmed).toBe(0);
      const overdue = ({ connections }: Summary): number[] => connections.map((one) => one.flags.overdue);
      overdue(next).forEach((count, index) =>
        expect(count).toBeGreaterThanOrEqual(overdue(first)[index] ?? 0),
      );
      const [flag] = JSON.parse((await look('flags', '--as-of', '2026-03-12', '--json')).stdout) as {
        asOf: string;
      }[];
      expect(flag?.asOf).toBe('2026-03-12');
      expect((await look('audit', 'list', '--limit', '2000', '--json')).stdout).toContain(
        '"asOf":"2026-03-12"',
      );
    },
    2 * MINUTES,
  );

  /** Another command on the demo's data, with no more than the data directory set. */
  const look = (...args: string[]): Promise<ProgramResult> => {
    const unset = Object.fromEntries(Object.keys(REAL).map((name) => [name, undefined]));
    return cli.runWith({ ...unset, HOLDFAST_PORT: undefined }, ...args);
  };

  it('keeps everything in its folder but the key, which other commands find beside it', async () => {
    expect(existsSync(`${cli.dataDir}.key`)).toBe(true);
    const connections = JSON.parse((await look('connections', '--json')).stdout) as { mode: string }[];
    expect(connections.map((one) => one.mode)).toEqual(['automatic', 'automatic', 'automatic']);
    expect((await look('audit', 'verify')).code).toBe(0);
  });

  it(
    'reports to people and leaves dashboard and inbox running until it is stopped',
    async () => {
      const running = cli.start({}, 'demo');
      const lines: string[] = [];
      while (lines.at(-1)?.startsWith('Ctrl-C') !== true) lines.push(await running.line());
      const report = lines.join('\n');
      expect(report).toMatch(/^Company +Platform +Customers +Invoices/m);
      expect(report).toMatch(/^ {2}over-limit → hold: .+ of the limit of /m);
      const page = async (name: string): Promise<string> =>
        (await fetch(new RegExp(`^${name} +(\\S+)$`, 'm').exec(report)?.[1] ?? '')).text();
      expect(await page('Dashboard')).toContain('Bramble &amp; Flint Supplies Ltd');
      expect(await page('Inbox')).toContain('Bramble &amp; Flint Supplies Ltd');
      expect(await running.stop('SIGINT')).toMatchObject({ code: 0 });
    },
    2 * MINUTES,
  );

  it('leaves the settings behind with which other commands see its world', async () => {
    const variables = parseEnv(readFileSync(join(cli.dataDir, 'demo.env'), 'utf8'));
    const flags = await cli.runWith({ ...variables, HOLDFAST_PORT: '0' }, 'flags', '--json');
    expect(flags.code, flags.stderr).toBe(0);
    expect(variables).toMatchObject({ HOLDFAST_DATA_DIR: cli.dataDir });
  });

  it('plays no other world where one lies', async () => {
    const result = await cli.run('demo', '--once', '--seed', '8');
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('DEMO_OTHER_WORLD');
  });

  it('keeps away from a folder with somebody’s own database', async () => {
    const dataDir = join(cli.root, 'real');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'holdfast.sqlite'), 'precious');
    const result = await cli.runWith({ HOLDFAST_DATA_DIR: dataDir }, 'demo', '--once');
    expect(result).toMatchObject({ code: 6, stdout: '' });
    expect(result.stderr).toContain('DEMO_NOT_HERE');
    expect(readFileSync(join(dataDir, 'holdfast.sqlite'), 'utf8')).toBe('precious');
  });
});
