import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram, type ProgramResult } from '../support/run-program.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NOT_CLONED = /^(node_modules|dist|\.git|\.demo|\.env|test-output)$/;
const clone = mkdtempSync(join(tmpdir(), 'holdfast-clone-'));

const demo = (...args: string[]): Promise<ProgramResult> => {
  const env = { ...process.env, HOLDFAST_DATA_DIR: join(clone, 'data') };
  return runProgram('npm', ['run', 'demo', '--', '--once', '--json', ...args], { cwd: clone, env });
};

interface Summary {
  connections: { holds: { placed: number }; reminders: { sent: number } }[];
}

const summaryOf = ({ stdout }: ProgramResult): Summary =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Summary;

const effectsOf = (result: ProgramResult): number[] =>
  summaryOf(result).connections.flatMap(({ holds, reminders }) => [holds.placed, reminders.sent]);

describe('a fresh clone without node_modules', () => {
  beforeAll(() => {
    cpSync(ROOT, clone, {
      recursive: true,
      filter: (source) => !NOT_CLONED.test(relative(ROOT, source)),
    });
  });
  afterAll(() => {
    rmSync(clone, { recursive: true, force: true });
  });

  it('installs itself for the demo and ends with the summary on its last line', async () => {
    const first = await demo();
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain('npm ci');
    expect(effectsOf(first).every((count) => count >= 2)).toBe(true);
  });

  it('goes on with the same world the second time, where nothing is left to do', async () => {
    const second = await demo();
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).not.toContain('npm ci');
    expect(effectsOf(second)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
