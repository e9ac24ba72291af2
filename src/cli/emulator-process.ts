import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../domain/index.ts';

/** What the emulator says of itself once it is up. */
export interface EmulatorFacts {
  xeroUrl: string;
  quickbooksUrl: string;
  smtpUrl: string;
  inboxUrl: string;
  companies: { platform: string; id: string; remoteId: string; name: string }[];
  /** The variables that point Holdfast at it. */
  env: Record<string, string>;
}

/** The instant of the emulated world, and how far it is from the machine's. */
export interface WorldTime {
  nowMs: number;
  offsetMs: number;
}

/** Starts the emulated platforms as a child process; they end with it and with us. Its stdout is as told. */
export function forkEmulator(args: string[], stdout: 'inherit' | 'ignore'): ChildProcess {
  const file = fileURLToPath(new URL('../../emulator/main.ts', import.meta.url));
  if (!existsSync(file)) {
    throw new HoldfastError('EMULATOR_MISSING', `The emulator is not part of this installation: ${file}.`, {
      kind: 'state',
      hint: 'Install Holdfast again.',
    });
  }
  return fork(file, args, { stdio: ['ignore', stdout, 'inherit', 'ipc'] });
}

/** The emulated platforms as a child process that can be asked to do things. */
export class EmulatorProcess {
  readonly facts: EmulatorFacts;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #asked = 0;

  private constructor(child: ChildProcess, facts: EmulatorFacts) {
    this.#child = child;
    this.facts = facts;
    child.on('message', (message) => this.#settle(message as Answer));
    child.once('exit', () => this.#failAll());
  }

  /** Starts it and waits until its servers listen. Throws EMULATOR_FAILED. */
  static async start(args: string[]): Promise<EmulatorProcess> {
    const child = forkEmulator(args, 'ignore');
    const facts = await new Promise<EmulatorFacts>((resolve, reject) => {
      child.once('message', (message) => resolve(message as EmulatorFacts));
      child.once('error', (cause) => reject(emulatorFailed(cause.message)));
      child.once('exit', (code) =>
        reject(emulatorFailed(`it ended with exit code ${code ?? 'of a signal'}`)),
      );
    });
    return new EmulatorProcess(child, facts);
  }

  /** Plays the user's browser: opens an address, allows what is asked, and follows every redirect. */
  visit(url: string): Promise<{ status: number; url: string }> {
    return this.#ask({ type: 'visit', url });
  }

  /** Moves the world's clock. */
  setClock(nowMs: number): Promise<WorldTime> {
    return this.#ask({ type: 'setClock', nowMs });
  }

  /** The credit limits that fit a company of the world, as the CSV that `limits import` takes. */
  limits(company: string): Promise<string> {
    return this.#ask({ type: 'limits', company });
  }

  /** Ends it; its world is kept. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  #ask<T>(message: { type: string } & Record<string, unknown>): Promise<T> {
    const id = (this.#asked += 1);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#child.send({ id, ...message }, (error) => {
        if (error !== null) reject(emulatorFailed(error.message));
      });
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.result);
    else waiting?.reject(emulatorFailed(answer.error));
  }

  #failAll(): void {
    for (const { reject } of this.#waiting.values()) reject(emulatorFailed('it ended'));
    this.#waiting.clear();
  }
}

interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

function emulatorFailed(reason: string): HoldfastError {
  return new HoldfastError('EMULATOR_FAILED', `The emulated platforms cannot be used: ${reason}.`, {
    kind: 'state',
  });
}
