import { CommanderError } from 'commander';
import { HoldfastError, type ErrorKind } from '../domain/index.ts';

/** What a script may rely on; docs/json.md shows the same table. */
export const EXIT_CODES: Readonly<Record<ErrorKind | 'ok', number>> = {
  ok: 0,
  internal: 1,
  usage: 2,
  config: 3,
  auth: 4,
  platform: 5,
  network: 5,
  state: 6,
  data: 7,
};

/** How `holdfast check` ends when it has an answer: no error has these codes. */
export const ANSWER_EXIT_CODES = { yes: 0, ask: 8, no: 9 } as const;

/** How `holdfast replay` ends when it could compute the night again. */
export const REPLAY_EXIT_CODES = { same: 0, differs: 10 } as const;

/** The exit code that an error ends the program with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof HoldfastError) return EXIT_CODES[error.kind];
  // Commander "fails" with 0 after --help and --version; everything else of it is a mistake on the command line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
  return EXIT_CODES.internal;
}
