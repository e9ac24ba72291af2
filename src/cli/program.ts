import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';

/** A command, loaded when it is wanted: to load all of them takes longer than most commands run. */
type Load = () => Promise<Command>;

const GROUPS: [title: string, commands: Record<string, Load>][] = [
  [
    'To begin',
    {
      demo: async () => (await import('./commands/demo.ts')).demoCommand(),
      doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
      connect: async () => (await import('./commands/connect.ts')).connectCommand(),
      connections: async () => (await import('./commands/connections.ts')).connectionsCommand(),
      disconnect: async () => (await import('./commands/disconnect.ts')).disconnectCommand(),
    },
  ],
  [
    'To look',
    {
      sync: async () => (await import('./commands/sync.ts')).syncCommand(),
      facts: async () => (await import('./commands/facts.ts')).factsCommand(),
      flags: async () => (await import('./commands/flags.ts')).flagsCommand(),
      standings: async () => (await import('./commands/standings.ts')).standingsCommand(),
      check: async () => (await import('./commands/check.ts')).checkCommand(),
      held: async () => (await import('./commands/held.ts')).heldCommand(),
      reconcile: async () => (await import('./commands/reconcile.ts')).reconcileCommand(),
      quarantine: async () => (await import('./commands/quarantine.ts')).quarantineCommand(),
    },
  ],
  [
    'To act',
    {
      decide: async () => (await import('./commands/decide.ts')).decideCommand(),
      approve: async () => (await import('./commands/approve.ts')).approveCommand(),
      dispatch: async () => (await import('./commands/dispatch.ts')).dispatchCommand(),
      outbox: async () => (await import('./commands/outbox.ts')).outboxCommand(),
      nightly: async () => (await import('./commands/nightly.ts')).nightlyCommand(),
      serve: async () => (await import('./commands/serve.ts')).serveCommand(),
    },
  ],
  [
    'To note',
    {
      limits: async () => (await import('./commands/limits.ts')).limitsCommand(),
      dispute: async () => (await import('./commands/dispute.ts')).disputeCommand(),
      promise: async () => (await import('./commands/promise.ts')).promiseCommand(),
      tag: async () => (await import('./commands/tag.ts')).tagCommand(),
      standing: async () => (await import('./commands/standing.ts')).standingCommand(),
      release: async () => (await import('./commands/release.ts')).releaseCommand(),
    },
  ],
  [
    'To set',
    {
      queue: async () => (await import('./commands/queue.ts')).queueCommand(),
      people: async () => (await import('./commands/people.ts')).peopleCommand(),
      keys: async () => (await import('./commands/keys.ts')).keysCommand(),
      exclude: async () => (await import('./commands/exclude.ts')).excludeCommand(),
      'kill-switch': async () => (await import('./commands/kill-switch.ts')).killSwitchCommand(),
      policy: async () => (await import('./commands/policy.ts')).policyCommand(),
    },
  ],
  [
    'To ask what if',
    {
      backtest: async () => (await import('./commands/backtest.ts')).backtestCommand(),
      replay: async () => (await import('./commands/replay.ts')).replayCommand(),
      simulate: async () => (await import('./commands/simulate.ts')).simulateCommand(),
    },
  ],
  [
    'To keep',
    {
      audit: async () => (await import('./commands/audit.ts')).auditCommand(),
      backup: async () => (await import('./commands/backup.ts')).backupCommand(),
    },
  ],
  [
    'To try',
    {
      emulator: async () => (await import('./commands/emulator.ts')).emulatorCommand(),
    },
  ],
];

const EXIT_CODE_HELP = `
Every command takes --json; docs/json.md describes what it answers. Errors go to stderr.

Exit codes:
  0  done                                4  connect again
  1  a defect of Holdfast                5  the platform or the network failed
  2  bad command line or input           6  not now: busy, not synced, stale, stopped
  3  bad configuration or policy         7  the platform's data were refused
  8, 9  an answer of \`check\`: ask, no  10  \`replay\` found differences`;

/**
 * The command line, ready to parse; with the command `asked` for alone, if there is one of that name, else with all of
 * them. Throws CommanderError instead of ending the process.
 */
export async function createProgram(asked?: string): Promise<Command> {
  const program = new Command('holdfast')
    .description('Credit control for companies on Xero or QuickBooks Online.')
    .version(readVersion())
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', EXIT_CODE_HELP)
    .exitOverride();
  const isKnown = GROUPS.some(([, commands]) => asked !== undefined && Object.hasOwn(commands, asked));
  for (const [title, commands] of GROUPS)
    for (const [name, load] of Object.entries(commands))
      if (!isKnown || name === asked)
        program.addCommand(inherit(program, await load()).helpGroup(`${title}:`));
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
