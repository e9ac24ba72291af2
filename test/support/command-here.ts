import { vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import type { ProgramResult } from './run-program.ts';

/**
 * The command line within the test's own process: the same commands and options, database and exit codes, without the
 * second that a process takes to start. One at a time; what two processes do to each other is CommandLine's.
 */
export class CommandHere {
  readonly #env: Record<string, string>;

  constructor(env: Record<string, string>) {
    this.#env = env;
  }

  /** Runs one command to its end. */
  async run(...args: string[]): Promise<ProgramResult> {
    const said = { stdout: '', stderr: '' };
    const before = process.exitCode;
    for (const [name, value] of Object.entries(this.#env)) vi.stubEnv(name, value);
    const spies = (['stdout', 'stderr'] as const).map((stream) =>
      vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
        said[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
        return true;
      }),
    );
    try {
      process.exitCode = 0;
      await run(['node', 'holdfast', ...args]);
      return { code: exitCode(), ...said };
    } finally {
      for (const spy of spies) spy.mockRestore();
      vi.unstubAllEnvs();
      process.exitCode = before;
    }
  }

  /** Runs a command with --json and gives what it answered. Fails unless it ended well. */
  async json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${code ?? 'a signal'}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Runs a command that must fail, and gives the error's code. */
  async refusal(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code === 0) throw new Error(`holdfast ${args.join(' ')} was done: ${stdout}`);
    return (JSON.parse(stderr) as { error: { code: string } }).error.code;
  }
}

const exitCode = (): number => Number(process.exitCode ?? 0);
