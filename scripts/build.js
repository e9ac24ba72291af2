import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { runQuietly } from './child.js';
import { ROOT, inRoot } from './paths.js';

// Node strips no types below node_modules, so the published package carries JavaScript, made here.
const TSC = inRoot('node_modules', 'typescript', 'bin', 'tsc');
/** Everything in these that is not TypeScript goes along: migrations, policies, templates, styles, sample data. */
const FOLDERS = ['src', 'connectors', 'emulator', 'fixtures'];
const LEFT_BEHIND = new Set(['.ts', '.md']);

async function build() {
  if (!existsSync(TSC))
    return fail('typescript is not installed, and dist/ cannot be built without it: run npm ci');
  rmSync(inRoot('dist'), { recursive: true, force: true });
  const { code, output } = await runQuietly(process.execPath, [TSC, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
  });
  if (code !== 0) return fail(`the sources do not compile:\n${output}`);
  pointToBuiltFiles();
  for (const folder of FOLDERS) copyAssets(folder);
  writeIdentity();
  return 0;
}

function fail(line) {
  process.stderr.write(`build: ${line}\n`);
  return 1;
}

/** tsc turns './x.ts' into './x.js' in imports, but not in the addresses of worker threads and child processes. */
function pointToBuiltFiles() {
  for (const file of filesBelow(inRoot('dist'))) {
    const text = readFileSync(file, 'utf8');
    const pointed = text.replace(/(new URL\(\s*['"`]\.{1,2}\/[^'"`]+)\.ts(['"`])/g, '$1.js$2');
    if (pointed !== text) writeFileSync(file, pointed);
  }
}

function filesBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function copyAssets(folder) {
  if (!existsSync(inRoot(folder))) return;
  for (const source of filesBelow(inRoot(folder)).filter((file) => !LEFT_BEHIND.has(extname(file)))) {
    const target = inRoot('dist', source.slice(ROOT.length + 1));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(source, target);
  }
}

/** The built sources look for package.json where the originals do: one folder above src. */
function writeIdentity() {
  const { name, version, type } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  writeFileSync(inRoot('dist', 'package.json'), `${JSON.stringify({ name, version, type }, null, 2)}\n`);
}

process.exitCode = await build();
