import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../support/run-program.ts';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'holdfast.js');
/** Makes the Node that runs the launcher, and only it, give its version as 20. */
const PRETEND_OLD = `data:text/javascript,Object.defineProperty(process, 'version', { value: 'v20.19.0' })`;

/** A folder with the launcher in bin/ and these files around it; returns the launcher's path. */
function plant(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-launcher-'));
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const all = { 'package.json': '{"type":"module"}', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, 'bin'));
  cpSync(LAUNCHER, join(root, 'bin', 'holdfast.js'));
  return join(root, 'bin', 'holdfast.js');
}

/** Puts this Node, as a program of its own, where the npm package `node` puts its binary. */
function pinNode(launcher: string): void {
  const folder = join(dirname(dirname(launcher)), 'node_modules', 'node', 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'node'), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 });
}

const run = (launcher: string, ...args: string[]) => runProgram(process.execPath, [launcher, ...args]);
const runOld = (launcher: string, ...args: string[]) =>
  runProgram(process.execPath, ['--import', PRETEND_OLD, launcher, ...args]);

const PRINT_ARGUMENTS = 'console.log(JSON.stringify(process.argv.slice(2)));';

describe('the launcher', () => {
  it('runs the sources of a checkout and hands on the arguments', async () => {
    const launcher = plant({ 'src/cli/main.ts': `const n: number = 1;\n${PRINT_ARGUMENTS}` });
    pinNode(launcher);
    expect(await run(launcher, 'flags', '--json')).toMatchObject({ code: 0, stdout: '["flags","--json"]\n' });
  });

  it('runs dist/ of an installed package', async () => {
    const launcher = plant({ 'dist/src/cli/main.js': PRINT_ARGUMENTS });
    expect(await run(launcher, 'doctor')).toMatchObject({ code: 0, stdout: '["doctor"]\n' });
  });

  it('says in one line what to do when nothing is installed yet', async () => {
    const result = await run(plant({ 'src/cli/main.ts': PRINT_ARGUMENTS }));
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^holdfast: nothing is installed yet: run npm ci in .+\n$/);
  });

  it('says in one line what is missing when the package is incomplete', async () => {
    const result = await run(plant({}));
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^holdfast: this installation is incomplete: .+\n$/);
  });
});

describe('the launcher on a Node that is too old', () => {
  it('says in one line which one is needed', async () => {
    const result = await runOld(plant({ 'dist/src/cli/main.js': PRINT_ARGUMENTS }));
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^holdfast: Node 22\.18 or newer is needed and this is v20\.19\.0: .+\n$/);
  });

  it('runs the program in the pinned Node, with its exit code', async () => {
    const launcher = plant({ 'src/cli/main.ts': 'console.log(process.version); process.exitCode = 4;' });
    pinNode(launcher);
    expect(await runOld(launcher)).toMatchObject({ code: 4, stdout: `${process.version}\n` });
  });

  it('hands signals on to the program', async () => {
    const program = `process.on('SIGTERM', () => process.exit(7));
      setInterval(() => {}, 1000);
      console.log('ready');`;
    const launcher = plant({ 'dist/src/cli/main.js': program });
    pinNode(launcher);
    const child = spawn(process.execPath, ['--import', PRETEND_OLD, launcher]);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  it('passes messages both ways, for a parent that has forked it', async () => {
    const program = `process.on('message', (text) => { process.send(text + ' heard'); process.disconnect(); });`;
    const launcher = plant({ 'dist/src/cli/main.js': program });
    pinNode(launcher);
    const child = spawn(process.execPath, ['--import', PRETEND_OLD, launcher], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.send('stop');
    expect((await once(child, 'message'))[0]).toBe('stop heard');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
