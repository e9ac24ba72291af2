import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { disconnect } from '../../connect.ts';
import { readConnection } from '../../mirror/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { describeConnectionRef } from '../documents.ts';
import { printJson, printLine } from '../print.ts';

interface DisconnectOptions extends CommonOptions {
  dryRun?: boolean;
}

export function disconnectCommand(): Command {
  return command('disconnect', 'end a connection here and at the platform; what was mirrored stays')
    .argument('<id>', 'connection')
    .option('--dry-run', 'say what would end, and end nothing')
    .action(async (id: string, options: DisconnectOptions) => withApp((app) => end(app, id, options)));
}

async function end(app: App, id: string, options: DisconnectOptions): Promise<void> {
  const connection = await readConnection(app.store.reader, id);
  const dryRun = options.dryRun ?? false;
  const { revoked } = dryRun ? { revoked: false } : await disconnect(app, connection);
  if (options.json) return printJson({ connection: describeConnectionRef(connection), revoked, dryRun });
  if (dryRun) return printLine(`Would disconnect ${connection.name} (${id}).`);
  const atPlatform = revoked
    ? 'the consent is revoked'
    : 'the platform could not be told: revoke it there too';
  printLine(`${connection.name} (${id}) is disconnected; ${atPlatform}. Its mirror and history stay.`);
}
