import { setUp, SetupError, say } from './setup.js';
import { environmentWith, inRoot, ROOT } from './paths.js';
import { runChild } from './child.js';

const USAGE = 'usage: node scripts/run.js demo|serve|test|test:slow|bench|faults|converge [arguments]';
/** Node 22 still warns that it runs TypeScript; 24 no longer does. */
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning'];

/** Where the program keeps its compiled sources; set here, it serves the entry too, and no compiler is loaded. */
const CODE_CACHE = { NODE_COMPILE_CACHE: inRoot('node_modules', '.cache', 'holdfast') };

const PROGRAMS = {
  demo: (args) => ['src/cli/main.ts', 'demo', ...args],
  serve: (args) => ['src/cli/main.ts', 'serve', ...args],
  bench: (args) => ['bench/main.ts', ...args],
  faults: (args) => ['test/faults/print-faults.ts', ...args],
  converge: (args) => ['test/convergence/main.ts', ...args],
};

async function run(command, args) {
  if (command in PROGRAMS) return runProgram(PROGRAMS[command](args));
  if (command === 'test' || command === 'test:slow') return runTests(command, args);
  throw new SetupError(USAGE);
}

async function runProgram([entry, ...args]) {
  const node = await setUp();
  return runChild(node, [...NODE_OPTIONS, inRoot(entry), ...args], {
    env: environmentWith(node, CODE_CACHE),
  });
}

async function runTests(command, args) {
  const node = await setUp();
  const { findOrInstallBrowser } = await import('./browser.js');
  const env = environmentWith(node, { HOLDFAST_TEST_BROWSER: await findOrInstallBrowser() });
  const { runAll, runSlow } = await import('./checks.js');
  return command === 'test'
    ? runAll({ node, env, cwd: ROOT }, args)
    : runSlow({ node, env, cwd: ROOT }, args);
}

try {
  const [command = '', ...args] = process.argv.slice(2);
  process.exitCode = await run(command, args);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
