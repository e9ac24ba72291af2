import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { appendAudit } from '../../audit/index.ts';
import { HoldfastError } from '../../domain/index.ts';
import {
  readConnection,
  setConnectionMode,
  setConnectionZone,
  type Connection,
  type ConnectionMode,
} from '../../mirror/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { actingPerson, asOption } from '../person.ts';
import { printJson, printLine } from '../print.ts';

interface SettingOptions extends CommonOptions {
  dryRun?: boolean;
  as?: string;
}

export function modeCommand(): Command {
  return settingCommand('mode', 'whether effects wait for approval, or go by the policy')
    .argument('<mode>', 'propose or automatic')
    .action(async (id: string, text: string, options: SettingOptions) =>
      withApp(async (app) => {
        const mode = parseMode(text);
        await change(app, await readConnection(app.store.reader, id), options, {
          name: 'mode',
          from: (connection) => connection.mode,
          save: (tx, connection) => setConnectionMode(tx, connection.id, mode),
        });
      }),
    );
}

export function zoneCommand(): Command {
  return settingCommand('zone', 'in which time zone its days are counted, where the platform is wrong')
    .argument('<zone>', 'e.g. Europe/London, or "platform" for what the platform says')
    .action(async (id: string, text: string, options: SettingOptions) =>
      withApp(async (app) => {
        const zone = text === 'platform' ? null : text;
        await change(app, await readConnection(app.store.reader, id), options, {
          name: 'zone',
          from: (connection) => connection.timeZone,
          save: (tx, connection) => setConnectionZone(tx, connection.id, zone),
        });
      }),
    );
}

function settingCommand(name: string, description: string): Command {
  return command(name, description)
    .argument('<id>', 'connection')
    .option('--dry-run', 'say what would change, and change nothing')
    .addOption(asOption());
}

type Tx = Parameters<Parameters<App['store']['write']>[0]>[0];

interface Setting {
  name: string;
  from(connection: Connection): string;
  save(tx: Tx, connection: Connection): Promise<void>;
}

/** Thrown out of a dry run, so that its writes are checked as the real ones and then taken back. */
class TakenBack extends Error {}

/** Changes a setting and writes it down; with --dry-run everything is done and taken back. */
async function change(
  app: App,
  before: Connection,
  options: SettingOptions,
  setting: Setting,
): Promise<void> {
  const dryRun = options.dryRun ?? false;
  const from = setting.from(before);
  let to = from;
  const work = app.store.write(async (tx) => {
    await setting.save(tx, before);
    to = setting.from(await readConnection(tx, before.id));
    if (dryRun) throw new TakenBack();
    if (to === from) return;
    await appendAudit(tx, app.clock.nowMs(), {
      connectionId: before.id,
      actor: await actingPerson(app, options.as),
      action: `connection.${setting.name}`,
      subject: `connection ${before.id}`,
      details: { from, to },
    });
  });
  await work.catch((error: unknown) => {
    if (!(error instanceof TakenBack)) throw error;
  });
  if (options.json) return printJson({ id: before.id, setting: setting.name, from, to, dryRun });
  printLine(`${before.id} (${before.name}): ${setting.name} ${from} → ${to}${dryRun ? ' (dry run)' : ''}`);
}

function parseMode(text: string): ConnectionMode {
  if (text === 'propose' || text === 'automatic') return text;
  throw new HoldfastError('BAD_MODE', `"${text}" is not a mode: write propose or automatic.`);
}
