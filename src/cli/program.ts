import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { approveCommand } from './commands/approve.ts';
import { auditCommand } from './commands/audit.ts';
import { backtestCommand } from './commands/backtest.ts';
import { backupCommand } from './commands/backup.ts';
import { checkCommand } from './commands/check.ts';
import { connectCommand } from './commands/connect.ts';
import { connectionsCommand } from './commands/connections.ts';
import { decideCommand } from './commands/decide.ts';
import { demoCommand } from './commands/demo.ts';
import { disconnectCommand } from './commands/disconnect.ts';
import { dispatchCommand } from './commands/dispatch.ts';
import { disputeCommand } from './commands/dispute.ts';
import { doctorCommand } from './commands/doctor.ts';
import { emulatorCommand } from './commands/emulator.ts';
import { excludeCommand } from './commands/exclude.ts';
import { factsCommand } from './commands/facts.ts';
import { flagsCommand } from './commands/flags.ts';
import { heldCommand } from './commands/held.ts';
import { keysCommand } from './commands/keys.ts';
import { killSwitchCommand } from './commands/kill-switch.ts';
import { limitsCommand } from './commands/limits.ts';
import { nightlyCommand } from './commands/nightly.ts';
import { outboxCommand } from './commands/outbox.ts';
import { peopleCommand } from './commands/people.ts';
import { policyCommand } from './commands/policy.ts';
import { promiseCommand } from './commands/promise.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { queueCommand } from './commands/queue.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { releaseCommand } from './commands/release.ts';
import { replayCommand } from './commands/replay.ts';
import { serveCommand } from './commands/serve.ts';
import { simulateCommand } from './commands/simulate.ts';
import { standingCommand } from './commands/standing.ts';
import { standingsCommand } from './commands/standings.ts';
import { syncCommand } from './commands/sync.ts';
import { tagCommand } from './commands/tag.ts';

const GROUPS: [title: string, commands: (() => Command)[]][] = [
  ['To begin', [demoCommand, doctorCommand, connectCommand, connectionsCommand, disconnectCommand]],
  [
    'To look',
    [
      syncCommand,
      factsCommand,
      flagsCommand,
      standingsCommand,
      checkCommand,
      heldCommand,
      reconcileCommand,
      quarantineCommand,
    ],
  ],
  ['To act', [decideCommand, approveCommand, dispatchCommand, outboxCommand, nightlyCommand, serveCommand]],
  ['To note', [limitsCommand, disputeCommand, promiseCommand, tagCommand, standingCommand, releaseCommand]],
  ['To set', [queueCommand, peopleCommand, keysCommand, excludeCommand, killSwitchCommand, policyCommand]],
  ['To ask what if', [backtestCommand, replayCommand, simulateCommand]],
  ['To keep', [auditCommand, backupCommand]],
  ['To try', [emulatorCommand]],
];

const EXIT_CODE_HELP = `
Every command takes --json; docs/json.md describes what it answers. Errors go to stderr.

Exit codes:
  0  done                                4  connect again
  1  a defect of Holdfast                5  the platform or the network failed
  2  bad command line or input           6  not now: busy, not synced, stale, stopped
  3  bad configuration or policy         7  the platform's data were refused
  8, 9  an answer of \`check\`: ask, no  10  \`replay\` found differences`;

/** The command line, ready to parse. Throws CommanderError instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('holdfast')
    .description('Credit control for companies on Xero or QuickBooks Online.')
    .version(readVersion())
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', EXIT_CODE_HELP)
    .exitOverride();
  for (const [title, commands] of GROUPS) {
    for (const create of commands) program.addCommand(inherit(program, create()).helpGroup(`${title}:`));
  }
  return program;
}

/** Commands that are made on their own do not take over how their parent fails. */
function inherit(parent: Command, child: Command): Command {
  child.exitOverride().configureOutput(parent.configureOutput()).showSuggestionAfterError();
  for (const grandchild of child.commands) inherit(parent, grandchild);
  return child;
}

function readVersion(): string {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
