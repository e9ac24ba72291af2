import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { HoldfastError } from '../../domain/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { printJson, printLine } from '../print.ts';
import { fileExists } from '../user-files.ts';

interface BackupOptions extends CommonOptions {
  dryRun?: boolean;
}

export function backupCommand(): Command {
  return command('backup', 'copy the database, consistently, while it is in use')
    .argument('[file]', 'where to (default: backups/holdfast-TIME.sqlite in the data directory)')
    .option('--dry-run', 'say where it would go, and write nothing')
    .action(async (file: string | undefined, options: BackupOptions) =>
      withApp((app) => backUp(app, file, options)),
    );
}

async function backUp(app: App, given: string | undefined, options: BackupOptions): Promise<void> {
  const file = given === undefined ? defaultFile(app) : resolve(given);
  if (existsSync(file)) throw fileExists(file);
  const dryRun = options.dryRun ?? false;
  if (!dryRun) await copy(app, file);
  const bytes = dryRun ? null : statSync(file).size;
  if (options.json) return printJson({ file, bytes, dryRun });
  printLine(dryRun ? `Would write ${file} (dry run).` : `${file}, ${bytes ?? 0} bytes.`);
  printLine(`Its tokens open only with the key file ${app.config.keyFile}: keep a copy of that elsewhere.`);
}

/** The file gets its name once it is whole and on the disk: what was cut off must not be taken for a backup. */
async function copy(app: App, file: string): Promise<void> {
  const part = `${file}.part`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rmSync(part, { force: true });
    rmSync(`${part}-journal`, { force: true });
    await app.store.backup(part);
    chmodSync(part, 0o600);
    syncToDisk(part);
    renameSync(part, file);
  } catch (cause) {
    removeQuietly(part);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HoldfastError('BACKUP_FAILED', `The backup ${file} could not be written: ${reason}.`, {
      kind: 'state',
      cause,
      hint: 'Make room on that disk, or give this user the right to write there. The database itself is unharmed.',
    });
  }
}

function syncToDisk(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The reason why the backup failed is what counts, not that its rest could not be removed either. */
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It lies where nothing may be written, so it was never made.
  }
}

/** 'holdfast-20260311T101500Z.sqlite' */
function defaultFile(app: App): string {
  const stamp = new Date(app.clock.nowMs()).toISOString().replace(/\.\d+|[-:]/g, '');
  return join(app.config.dataDir, 'backups', `holdfast-${stamp}.sqlite`);
}
