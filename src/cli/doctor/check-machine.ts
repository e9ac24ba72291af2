import { accessSync, constants, existsSync, statSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { findingsOf, type Finding } from './finding.ts';

const { ok, info, warning, fault } = findingsOf('machine');

/** The program's own ground: Node, the data directory, the key file. Makes and changes nothing. */
export function checkMachine(config: Config): Finding[] {
  return [checkNode(), ...checkDataDir(config.dataDir), ...checkKeyFile(config)];
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const version = `Node ${process.versions.node}`;
  if (major > 22 || (major === 22 && minor >= 18)) return ok(version);
  return fault(`${version} is too old`, 'Install Node 24.');
}

function checkDataDir(dataDir: string): Finding[] {
  if (!existsSync(dataDir)) return [info(`data directory ${dataDir}: not there yet, made at the first run`)];
  if (!isWritable(dataDir))
    return [fault(`data directory ${dataDir} is not writable`, 'Give this user the right to write there.')];
  if ((statSync(dataDir).mode & 0o007) === 0) return [ok(`data directory ${dataDir}`)];
  return [warning(`data directory ${dataDir} is open to every user of this machine`, `chmod 700 ${dataDir}`)];
}

function checkKeyFile({ keyFile, databaseFile }: Config): Finding[] {
  if (!existsSync(keyFile)) {
    if (!existsSync(databaseFile)) return [info(`key file ${keyFile}: not there yet, made at the first run`)];
    return [
      fault(
        `key file ${keyFile} is missing, and there is a database`,
        'Put the key file back from your backup.',
      ),
    ];
  }
  const mode = statSync(keyFile).mode & 0o777;
  if ((mode & 0o077) === 0) return [ok(`key file ${keyFile}`)];
  const text = `key file ${keyFile} can be read by others (mode ${mode.toString(8)})`;
  return [warning(text, `chmod 600 ${keyFile}; the next command does it by itself.`)];
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
