import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that these scripts belong to. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A path inside the checkout. */
export const inRoot = (...parts) => join(ROOT, ...parts);

/** Version 22.18 is the first Node that runs TypeScript as it is. */
export const OLDEST_NODE = [22, 18];

/** True for versions like 'v24.1.0' that can run the sources. */
export function runsSources(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/**
 * The Node that the project pins by the npm package `node`, else the running one when it is new enough, else
 * undefined. The last folder is where the package keeps its binary when install scripts were switched off.
 */
export function findNode() {
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const carrier = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const candidates = [
    inRoot('node_modules', 'node', 'bin', binary),
    inRoot('node_modules', 'node', 'node_modules', carrier, 'bin', binary),
    inRoot('node_modules', carrier, 'bin', binary),
  ];
  return (
    candidates.find((path) => existsSync(path)) ??
    (runsSources(process.version) ? process.execPath : undefined)
  );
}

/** The environment for children: whatever they start as `node` is the pinned one too. */
export function environmentWith(node, extra = {}) {
  const separator = process.platform === 'win32' ? ';' : ':';
  const path = [dirname(node), inRoot('node_modules', '.bin'), process.env.PATH ?? ''].join(separator);
  return { ...process.env, PATH: path, ...extra };
}
