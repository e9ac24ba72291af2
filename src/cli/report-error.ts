import { CommanderError } from 'commander';
import { HoldfastError } from '../domain/index.ts';
import { paint } from './style.ts';

/** An error as --json shows it, on stderr and inside the results of commands that go on with the next company. */
export interface ErrorDocument {
  code: string;
  kind: string;
  message: string;
  hint: string | null;
  retryable: boolean;
}

export function describeError(error: unknown): ErrorDocument {
  if (error instanceof HoldfastError) {
    const { code, kind, message, hint = null, retryable } = error;
    return { code, kind, message, hint, retryable };
  }
  if (error instanceof CommanderError) {
    const isHelp = error.code === 'commander.help';
    const message = isHelp ? 'Say what to do: a command is missing.' : error.message.replace(/^error: /, '');
    return { code: 'USAGE', kind: 'usage', message, hint: null, retryable: false };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', kind: 'internal', message, hint: DEFECT, retryable: false };
}

const DEFECT = 'This is a defect of Holdfast. Please report it with the lines above and what you ran.';

/** Writes an error to stderr: two lines for people, or one line of JSON. */
export function reportError(error: unknown, asJson: boolean): void {
  const document = describeError(error);
  if (asJson) return void process.stderr.write(`${JSON.stringify({ error: document })}\n`);
  const label = paint('red', `error ${document.code}:`, process.stderr);
  process.stderr.write(`${label} ${document.message}\n`);
  if (document.kind === 'internal' && error instanceof Error) process.stderr.write(`${stackOf(error)}\n`);
  if (document.hint !== null) process.stderr.write(`hint: ${document.hint}\n`);
}

const stackOf = (error: Error): string => (error.stack ?? '').split('\n').slice(1, 6).join('\n');
