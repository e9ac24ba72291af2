import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What every process of a bench is given at most; nothing hangs for ever. */
const LONGEST_MS = 15 * 60_000;
const STDERR_CHARS = 4_000;

const running = new Set<ChildProcess>();

/** A child that is up, with the end of what it wrote to stderr. */
export interface Child {
  process: ChildProcess;
  lastWords(): string;
}

export interface StartOptions {
  /** Arguments of the script. */
  args?: string[];
  /** Options of Node itself, before the script. */
  nodeOptions?: string[];
  env?: Record<string, string>;
  cwd?: string;
}

/**
 * Starts a TypeScript file (a path from the bench folder) in its own process, with an IPC channel. It is killed at
 * the latest when the bench ends.
 */
export function start(script: string, options: StartOptions = {}): Child {
  const { args = [], nodeOptions = [], env = {}, cwd } = options;
  const child = fork(fileURLToPath(new URL(`../${script}`, import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [...process.execArgv, ...nodeOptions],
    env: { ...strangersEnvironment(), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let words = '';
  child.stderr?.on('data', (chunk) => {
    words = `${words}${String(chunk)}`.slice(-STDERR_CHARS);
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { process: child, lastWords: () => messageIn(words) };
}

/** The first message of a child for which `pick` gives something. Rejects when the child ends or is too slow. */
export function messageOf<T>(
  child: Child,
  pick: (message: unknown) => T | undefined,
  timeoutMs = LONGEST_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      child.process.off('message', listen).off('exit', ended);
      settle();
    };
    const listen = (message: unknown): void => {
      const picked = pick(message);
      if (picked !== undefined) end(() => resolve(picked));
    };
    const ended = (code: number | null): void =>
      end(() => reject(new Error(`a process ended with code ${code ?? 'none'}: ${child.lastWords()}`)));
    const timer = setTimeout(
      () => end(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`))),
      timeoutMs,
    );
    child.process.on('message', listen).once('exit', ended);
    if (child.process.exitCode !== null) ended(child.process.exitCode);
  });
}

/** Ends a child: asks first, kills after ten seconds. Resolves when it is gone. */
export async function stop(child: Child, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.process.exitCode !== null || child.process.signalCode !== null) return;
  const gone = new Promise((resolve) => child.process.once('exit', resolve));
  child.process.kill(signal);
  const timer = setTimeout(() => child.process.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}

/** Of a stack trace the line that says what went wrong; else the last line. */
function messageIn(words: string): string {
  const lines = words.trim().split('\n');
  return lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
}

/** The environment without any setting of a Holdfast that lives on this machine. */
function strangersEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(?:HOLDFAST|XERO|QUICKBOOKS|SMTP|MAIL)_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** Waits until a child that is done has ended by itself (it may have a profile to write), at most half a minute. */
export async function ended(child: Child): Promise<void> {
  const timer = setTimeout(() => child.process.kill('SIGKILL'), 30_000);
  if (child.process.exitCode === null && child.process.signalCode === null) {
    await new Promise((resolve) => child.process.once('exit', resolve));
  }
  clearTimeout(timer);
}

/** Kills whatever is still running. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
