import { once } from 'node:events';
import { Command } from 'commander';
import { forkEmulator } from '../emulator-process.ts';

/** The emulator has options of its own (--help among them) and answers for them itself. */
export function emulatorCommand(): Command {
  return new Command('emulator')
    .description(
      'Xero, QuickBooks and a mail server, emulated on this machine (--seed, --size, --ledger, --today, --state …)',
    )
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[options...]', 'options of the emulator; --help lists them')
    .action(async (options: string[]) => runEmulator(options));
}

async function runEmulator(args: string[]): Promise<void> {
  const child = forkEmulator(args, 'inherit');
  // A terminal tells Ctrl-C to both; the emulator ends first, and its exit code is ours.
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  process.off('SIGINT', forward).off('SIGTERM', forward);
  process.exitCode = code ?? (signal === null ? 1 : 0);
}
