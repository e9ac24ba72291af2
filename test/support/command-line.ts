import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { runProgram, type ProgramResult } from './run-program.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const OURS = /^(HOLDFAST_|XERO_|QUICKBOOKS_|SMTP_|MAIL_)/;

/** A user's terminal: a folder of its own, nothing of this machine's configuration, and the real program. */
export class CommandLine {
  readonly root = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  readonly dataDir = join(this.root, 'data');
  env: Record<string, string | undefined>;

  constructor(settings: Record<string, string> = {}) {
    const machine = Object.entries(process.env).filter(([name]) => !OURS.test(name));
    this.env = {
      ...Object.fromEntries(machine),
      HOLDFAST_DATA_DIR: this.dataDir,
      HOLDFAST_KEY_FILE: join(this.root, 'holdfast.key'),
      HOLDFAST_PORT: '0',
      ...settings,
    };
  }

  /** Runs one command to its end. */
  async run(...args: string[]): Promise<ProgramResult> {
    return this.runWith({}, ...args);
  }

  /** The same with other settings; undefined takes one away. */
  async runWith(settings: Record<string, string | undefined>, ...args: string[]): Promise<ProgramResult> {
    return runProgram(process.execPath, [MAIN, ...args], {
      cwd: this.root,
      env: { ...this.env, ...settings },
    });
  }

  /** Runs a command with --json and gives what it answered. Fails unless it ended well with JSON alone. */
  async json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Starts a command that goes on until it is stopped. */
  start(settings: Record<string, string>, ...args: string[]): RunningCommand {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: this.root,
      env: { ...this.env, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new RunningCommand(child);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A command under way. */
export class RunningCommand {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #stderr: Promise<string>;
  readonly #ended: Promise<unknown[]>;

  constructor(child: ChildProcess) {
    if (child.stdout === null || child.stderr === null) throw new Error('started without pipes');
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#stderr = text(child.stderr);
    this.#ended = once(child, 'close');
  }

  /** The next line of its stdout. Throws with its stderr when it ended instead. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error(`it ended: ${await this.#stderr}`);
    return next.value;
  }

  /** The next line of its stdout, as JSON. */
  async jsonLine<T>(): Promise<T> {
    return JSON.parse(await this.line()) as T;
  }

  /** Waits for its end. */
  async end(): Promise<{ code: number | null; stderr: string }> {
    const [code] = (await this.#ended) as [number | null];
    return { code, stderr: await this.#stderr };
  }

  /** Asks it to stop, as Ctrl-C and service managers do, and waits. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; stderr: string }> {
    this.#child.kill(signal);
    return this.end();
  }
}
