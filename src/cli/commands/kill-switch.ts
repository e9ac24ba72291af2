import { Argument, type Command } from 'commander';
import type { App } from '../../app.ts';
import { appendAudit } from '../../audit/index.ts';
import { readKillSwitch, setKillSwitch } from '../../cases/index.ts';
import { confirmRestored } from '../../outbox/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { actingPerson, asOption, personName } from '../person.ts';
import { printJson, printLine } from '../print.ts';

interface KillSwitchOptions extends CommonOptions {
  dryRun?: boolean;
  as?: string;
}

export function killSwitchCommand(): Command {
  return command('kill-switch', 'while it is on, nothing leaves: no hold, no note, no message')
    .addArgument(
      new Argument('[position]', 'on, off or status').choices(['on', 'off', 'status']).default('status'),
    )
    .option('--dry-run', 'say what would change, and change nothing')
    .addOption(asOption())
    .action(async (position: string, options: KillSwitchOptions) =>
      withApp((app) => turn(app, position, options)),
    );
}

async function turn(app: App, position: string, options: KillSwitchOptions): Promise<void> {
  const before = await readKillSwitch(app.store.reader);
  const wanted = position === 'status' ? before : position === 'on';
  const dryRun = options.dryRun ?? position === 'status';
  // Anybody may stop it; who lets it go on must be one who may decide.
  const by = position === 'off' ? await actingPerson(app, options.as) : personName(options.as);
  if (!dryRun && position === 'off') await confirmRestored(app, by);
  if (!dryRun && wanted !== before) await setSwitch(app, wanted, by);
  const on = dryRun ? before : wanted;
  if (options.json) return printJson({ on, before, dryRun });
  printLine(`The kill switch is ${on ? 'on: nothing leaves' : 'off'}.`);
  if (options.dryRun && wanted !== before)
    printLine(`It would be turned ${wanted ? 'on' : 'off'} (dry run).`);
}

async function setSwitch(app: App, isOn: boolean, by: string): Promise<void> {
  await app.store.write(async (tx) => {
    const atMs = app.clock.nowMs();
    await setKillSwitch(tx, isOn, { by, atMs });
    await appendAudit(tx, atMs, {
      connectionId: null,
      actor: by,
      action: isOn ? 'kill-switch.on' : 'kill-switch.off',
      subject: 'kill switch',
      details: {},
    });
  });
}
