import { exitCodeOf } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

/** Runs one command. The exit code is set, not called, so that an answer is written to its end. */
export async function run(argv: string[]): Promise<void> {
  try {
    const program = await createProgram(argv[2]);
    await program.parseAsync(argv);
  } catch (error) {
    const code = exitCodeOf(error);
    if (code !== 0) reportError(error, argv.includes('--json'));
    process.exitCode = code;
  }
}
