import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProgram, type ProgramResult } from '../support/run-program.ts';

const SCRIPTS = join(import.meta.dirname, '..', '..', 'scripts');
const PROJECT = { name: 'planted', version: '1.0.0', type: 'module' };
const INSTALLING = 'installing packages with npm ci';

/** A clone with the real scripts, no packages to fetch, and a command line that prints its arguments. */
class Clone {
  readonly root = mkdtempSync(join(tmpdir(), 'holdfast-set-up-'));

  constructor() {
    cpSync(SCRIPTS, join(this.root, 'scripts'), { recursive: true });
    this.write('package.json', JSON.stringify(PROJECT));
    this.lock({ '': PROJECT });
    this.write(
      'src/cli/main.ts',
      'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;',
    );
    onTestFinished(() => {
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  lock(packages: Record<string, object>): void {
    this.write('package-lock.json', JSON.stringify({ ...PROJECT, lockfileVersion: 3, packages }));
  }

  /** A package that lies in the clone itself, so that nothing is fetched. */
  dependOnLocalPackage(): void {
    const project = { ...PROJECT, dependencies: { near: 'file:near' } };
    this.write('near/package.json', JSON.stringify({ name: 'near', version: '1.0.0' }));
    this.write('package.json', JSON.stringify(project));
    const near = { version: '1.0.0' };
    this.lock({ '': project, near, 'node_modules/near': { resolved: 'near', link: true } });
  }

  async run(...args: string[]): Promise<ProgramResult> {
    return runProgram(process.execPath, ['scripts/run.js', ...args], { cwd: this.root });
  }
}

describe('the set-up', () => {
  it('installs once, in one line on stderr, and leaves stdout to the program', async () => {
    const clone = new Clone();
    const first = await clone.run('demo', '--once');
    expect(first).toMatchObject({ code: 3, stdout: '["demo","--once"]\n' });
    expect(first.stderr.trim().split('\n')).toEqual([expect.stringContaining(INSTALLING)]);
    expect(await clone.run('serve')).toMatchObject({ code: 3, stdout: '["serve"]\n', stderr: '' });
  });

  it('installs again when the lock file asks for something else', async () => {
    const clone = new Clone();
    await clone.run('demo');
    clone.dependOnLocalPackage();
    const again = await clone.run('demo');
    expect(again).toMatchObject({ code: 3 });
    expect(again.stderr).toContain(INSTALLING);
    expect((await clone.run('demo')).stderr).toBe('');
  });

  it('says in npm’s own words why nothing could be installed', async () => {
    const clone = new Clone();
    clone.write('package.json', JSON.stringify({ ...PROJECT, dependencies: { absent: '1.0.0' } }));
    const result = await clone.run('demo');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/holdfast: npm ci failed \(exit 1\); npm says:\n[^]*absent/);
    expect(result.stderr).not.toContain('    at ');
  });

  it('answers an unknown command with its usage and exit code 1', async () => {
    const result = await new Clone().run('dmeo');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('usage: node scripts/run.js demo|serve|test|test:slow|bench');
  });
});
