import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram, type ProgramResult } from '../support/run-program.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MINUTES = 60_000;
const prefix = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
const launcher = join(prefix, 'node_modules', '.bin', 'holdfast');

/** npm tells its children about the project that runs them, which is not the one that is installed into here. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const aboutUs =
    /^(npm_(package|lifecycle|config_local_prefix|config_prefix)|HOLDFAST_|XERO_|QUICKBOOKS_|SMTP_|MAIL_)/;
  const kept = Object.entries(process.env).filter(([name]) => !aboutUs.test(name));
  const path = [dirname(process.execPath), process.env['PATH']].join(':');
  return { ...Object.fromEntries(kept), PATH: path, HOLDFAST_DATA_DIR: join(prefix, 'data') };
}

async function holdfast(...args: string[]): Promise<ProgramResult> {
  return runProgram(launcher, args, { cwd: prefix, env: cleanEnvironment() });
}

async function npm(...args: string[]): Promise<ProgramResult> {
  return runProgram('npm', args, { cwd: ROOT, env: cleanEnvironment() });
}

async function installPackage(): Promise<void> {
  const packed = await npm('pack', '--silent', '--pack-destination', prefix);
  expect(packed.code, packed.stderr).toBe(0);
  const tarball = readdirSync(prefix).find((name) => name.endsWith('.tgz')) ?? 'no tarball';
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = await npm('install', '--prefix', prefix, ...flags, join(prefix, tarball));
  expect(installed.code, installed.stderr).toBe(0);
}

describe('the published package', () => {
  beforeAll(installPackage, 5 * MINUTES);
  afterAll(() => {
    rmSync(prefix, { recursive: true, force: true });
  });

  it(
    'tells what is configured on a machine that has never seen it',
    async () => {
      const doctor = await holdfast('doctor', '--json');
      expect(doctor.code, doctor.stderr).toBe(0);
      expect(JSON.parse(doctor.stdout)).toBeTypeOf('object');
    },
    MINUTES,
  );

  it(
    'runs a night on the emulated platforms and has every effect confirmed',
    async () => {
      const demo = await holdfast('demo', '--once', '--json');
      expect(demo.code, demo.stderr).toBe(0);
      const { connections } = JSON.parse(demo.stdout.trim().split('\n').at(-1) ?? '') as DemoSummary;
      expect(connections.map((connection) => connection.platform).sort()).toEqual([
        'quickbooks',
        'xero',
        'xero',
      ]);
      for (const { holds, reminders } of connections) {
        expect(holds.placed).toBeGreaterThanOrEqual(2);
        expect(holds.confirmed).toBe(holds.placed);
        expect(reminders.sent).toBeGreaterThanOrEqual(3);
        expect(reminders.confirmed).toBe(reminders.sent);
      }
    },
    4 * MINUTES,
  );

  it('has an exit code other than 0 for a command that there is not', async () => {
    expect((await holdfast('no-such-command')).code).not.toBe(0);
  });
});

interface DemoSummary {
  connections: {
    platform: string;
    holds: { placed: number; confirmed: number };
    reminders: { sent: number; confirmed: number };
  }[];
}
