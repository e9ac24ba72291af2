import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild, runQuietly } from './child.js';
import { inRoot } from './paths.js';

const ESLINT = inRoot('node_modules/eslint/bin/eslint.js');
const PRETTIER = inRoot('node_modules/prettier/bin/prettier.cjs');
const TSC = inRoot('node_modules/typescript/bin/tsc');
const VITEST = inRoot('node_modules/vitest/vitest.mjs');

const STATIC_CHECKS = [
  { name: 'lint', args: [ESLINT, '--max-warnings=0', '.'] },
  { name: 'types', args: [TSC, '--noEmit'] },
  { name: 'format', args: [PRETTIER, '--check', '--log-level=warn', '.'] },
];

/**
 * Lint, types, format, then every test but the slow ones (`args` narrow vitest's choice). Each static check counts
 * as one, so that the last line says "0 failed" exactly when the exit code, which is returned, is 0.
 */
export async function runAll(tools, args) {
  const static_ = await Promise.all(STATIC_CHECKS.map((check) => runStaticCheck(tools, check)));
  const tests = await runVitest(tools, ['--config', 'vitest.config.ts', ...args]);
  return report([...static_, tests]);
}

/** The tests under test/slow alone. */
export async function runSlow(tools, args) {
  return report([await runVitest(tools, ['--config', 'vitest.slow.config.ts', ...args])]);
}

async function runStaticCheck({ node, env, cwd }, { name, args }) {
  const { code, output } = await runQuietly(node, args, { env, cwd });
  process.stdout.write(code === 0 ? `${name}: good\n` : `${name}: failed\n${output}\n`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}

async function runVitest({ node, env, cwd }, args) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const file = join(folder, 'results.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await runChild(node, [VITEST, 'run', ...reporters, ...args], { env, cwd });
    return countOf(file, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that could not be loaded, or an error outside of any test, fails vitest without a failed test: it counts. */
function countOf(file, code) {
  const { numPassedTests: passed, numFailedTests, testResults } = readResults(file);
  const isBroken = ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((result) => result.status === 'failed');
  const failed = numFailedTests + testResults.filter(isBroken).length;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

function report(counts) {
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
  return sum('failed') === 0 ? 0 : 1;
}
