#!/usr/bin/env node
// The launcher: finds the program (sources in a checkout, dist/ in a package) and a Node that can run it.
// Plain JavaScript for Node 20, because an older Node has to get as far as saying what is wrong.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCE = join(ROOT, 'src', 'cli', 'main.ts');
const BUILT = join(ROOT, 'dist', 'src', 'cli', 'main.js');
const BINARY = join('bin', process.platform === 'win32' ? 'node.exe' : 'node');
/** In a checkout our own pinned Node; beside an installed package one that the user put there. */
const PINNED = [join(ROOT, 'node_modules', 'node', BINARY), join(dirname(ROOT), 'node', BINARY)];
/** Where the program keeps its compiled sources. Set from here, it serves the entry too, and no compiler is loaded. */
const cacheOf = (entry) => join(dirname(dirname(dirname(entry))), 'node_modules', '.cache', 'holdfast');
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** 22.18 is the first Node that runs TypeScript as it is; the built program asks for the same. */
function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

function fail(line) {
  process.stderr.write(`holdfast: ${line}\n`);
  process.exitCode = 1;
}

function launch() {
  if (existsSync(SOURCE)) return launchCheckout();
  if (!existsSync(BUILT))
    return fail(`this installation is incomplete: ${BUILT} is missing; install it again`);
  return launchWith(BUILT, isNewEnough(process.version) ? process.execPath : pinnedNode());
}

/** A checkout's packages are built for the pinned Node, so it goes first even where the system's is new enough. */
function launchCheckout() {
  if (!existsSync(join(ROOT, 'node_modules'))) return fail(`nothing is installed yet: run npm ci in ${ROOT}`);
  return launchWith(SOURCE, pinnedNode() ?? (isNewEnough(process.version) ? process.execPath : undefined));
}

function pinnedNode() {
  return PINNED.find((path) => existsSync(path));
}

async function launchWith(entry, node) {
  if (node === undefined) {
    fail(
      `Node 22.18 or newer is needed and this is ${process.version}: install Node 24, or npm install node@24 beside holdfast`,
    );
  } else if (realpathSync(node) === realpathSync(process.execPath)) {
    process.argv[1] = entry;
    nodeModule.enableCompileCache?.(cacheOf(entry));
    await import(pathToFileURL(entry).href);
  } else {
    process.exitCode = await runIn(node, entry);
  }
}

/** Runs the program in another Node as if it were this process: stdio, signals, messages and exit code. */
function runIn(node, entry) {
  const args = ['--disable-warning=ExperimentalWarning', entry, ...process.argv.slice(2)];
  const channel = process.send === undefined ? [] : ['ipc'];
  const env = { ...process.env, NODE_COMPILE_CACHE: cacheOf(entry) };
  const child = spawn(node, args, { env, stdio: ['inherit', 'inherit', 'inherit', ...channel] });
  // A terminal tells SIGINT to the whole process group itself.
  const forward = (signal) => (signal === 'SIGINT' && process.stdin.isTTY ? true : child.kill(signal));
  for (const signal of FORWARDED) process.on(signal, forward);
  if (channel.length > 0) joinChannels(child);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(fail(`${node} could not be started: ${error.message}`) ?? 1));
    child.once('close', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 1)));
  });
}

function joinChannels(child) {
  child.on('message', (message) => process.send(message));
  child.once('disconnect', () => process.connected && process.disconnect());
  process.on('message', (message) => child.connected && child.send(message));
  process.once('disconnect', () => child.connected && child.disconnect());
}

await launch();
