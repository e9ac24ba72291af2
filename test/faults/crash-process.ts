import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** A second Holdfast under way. */
export interface Victim {
  readonly child: ChildProcess;
  /** Waits for a line of its stdout; null when it ended before. */
  line(): Promise<string | null>;
  /** SIGKILL: it has no say. False when it had ended by itself. */
  kill(): Promise<boolean>;
  ended(): Promise<Ended>;
}

export interface StartOptions {
  env: Record<string, string>;
  /** Shell words that stand before the program, e.g. 'ulimit -f 100;'. */
  limits?: string;
  script?: string;
}

/** Starts crash-child.ts, or another script, in a process of its own. */
export function startVictim(args: string[], options: StartOptions): Victim {
  const words = [process.execPath, options.script ?? CHILD, ...args];
  const env = { ...bareEnvironment(), ...options.env };
  const child =
    options.limits === undefined
      ? spawn(words[0]!, words.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('/bin/bash', ['-c', `${options.limits} exec "$@"`, 'bash', ...words], {
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const stderr = text(child.stderr);
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const ended = async (): Promise<Ended> => {
    const [code, signal] = await exit;
    return { code, signal, stderr: await stderr };
  };
  return {
    child,
    line: async () => {
      const next = await lines.next();
      return next.done === true ? null : next.value;
    },
    kill: async () => {
      child.kill('SIGKILL');
      return (await exit)[1] === 'SIGKILL';
    },
    ended,
  };
}

/** Waits until it has come as far as `until` says. Throws with what it said when it ended before that. */
export async function reached(victim: Victim, until: () => boolean): Promise<void> {
  while (!until()) {
    if (victim.child.exitCode !== null)
      throw new Error(`it ended too early: ${(await victim.ended()).stderr}`);
    await delay(1);
  }
}

/** Kills it once `until` is true. Throws when it ended before that. */
export async function killWhen(victim: Victim, until: () => boolean): Promise<void> {
  await reached(victim, until);
  if (!(await victim.kill())) throw new Error('it ended by itself');
}

/** This machine without what configures Holdfast. */
function bareEnvironment(): Record<string, string> {
  const ours = /^(HOLDFAST_|XERO_|QUICKBOOKS_|SMTP_|MAIL_)/;
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !ours.test(entry[0]),
    ),
  );
}
