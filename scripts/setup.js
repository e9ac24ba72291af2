import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { lastLines, runQuietly } from './child.js';
import { ROOT, findNode, inRoot } from './paths.js';

const STAMP = inRoot('node_modules', '.setup-stamp');
const LOCK = inRoot('package-lock.json');
const INSTALLED = inRoot('node_modules', '.package-lock.json');

/** A fault that is told in one line (and npm's own last words), without a stack. */
export class SetupError extends Error {}

/** Progress of the set-up goes to stderr: stdout belongs to the command that is being set up for. */
export function say(line) {
  process.stderr.write(`holdfast: ${line}\n`);
}

/**
 * Makes sure that the packages of package-lock.json are installed and returns the Node to run with. Does nothing
 * but compare a hash when they are; throws SetupError when they cannot be had.
 */
export async function setUp() {
  const hash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (!isReady(hash)) {
    if (!installedEqualsLock()) await install();
    mkdirSync(dirname(STAMP), { recursive: true });
    writeFileSync(STAMP, hash);
  }
  const node = findNode();
  if (node === undefined) {
    throw new SetupError('the pinned Node is missing from node_modules; delete node_modules and try again');
  }
  return node;
}

function isReady(hash) {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash && findNode() !== undefined;
}

/** True after somebody's own `npm ci` or `npm install`: what npm notes in node_modules is what the lock asks for. */
function installedEqualsLock() {
  if (!existsSync(INSTALLED) || findNode() === undefined) return false;
  const wanted = packagesOf(LOCK);
  const found = packagesOf(INSTALLED);
  const same = (path, { version, optional }) =>
    found[path]?.version === version || (optional && !found[path]);
  const isSurplus = (path) => wanted[path] === undefined;
  return (
    Object.entries(wanted).every(([path, entry]) => path === '' || same(path, entry)) &&
    !Object.keys(found).some(isSurplus)
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages ?? {};
}

async function install() {
  say('installing packages with npm ci (once, about half a minute) …');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await npm(args);
  if (code !== 0) {
    throw new SetupError([`npm ci failed (exit ${code}); npm says:`, ...lastLines(output, 6)].join('\n  '));
  }
}

/**
 * npm replaces the pinned Node, so it must not run on it: `npm run` puts node_modules first on PATH, and here that
 * is taken out again. Where no other npm is on PATH, the one that started us has to do.
 */
async function npm(args) {
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  const options = { cwd: ROOT, env: { ...process.env, PATH: folders.join(delimiter) } };
  try {
    return await runQuietly('npm', args, { ...options, shell: process.platform === 'win32' });
  } catch {
    return npmThatStartedUs(args, options);
  }
}

async function npmThatStartedUs(args, options) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return runQuietly(process.execPath, [script, ...args], options);
  throw new SetupError(
    'npm is not on PATH and the packages cannot be installed without it; install Node with npm',
  );
}
