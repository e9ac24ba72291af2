import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** 128 + the signal's number is what shells report for a process that a signal ended. */
const exitCode = (code, signal) => code ?? 128 + (constants.signals[signal] ?? 1);

/**
 * Runs a program on this process's own stdin, stdout and stderr and resolves with its exit code. Signals go on
 * to it; SIGINT from a terminal does not, because the terminal has already told the whole process group.
 */
export function runChild(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    const forward = (signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      resolve(exitCode(code, signal));
    });
  });
}

/** Runs a program quietly: resolves with its exit code and all it wrote, both streams in the order they came. */
export async function runQuietly(file, args, options = {}) {
  let output = '';
  const collect = (child) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => (output += text));
    }
  };
  const code = await new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    collect(child);
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(exitCode(status, signal)));
  });
  return { code, output };
}

/** The last lines of a program's output that say something. */
export function lastLines(output, count) {
  const lines = output.split('\n').map((line) => line.trimEnd());
  return lines.filter((line) => line !== '').slice(-count);
}
