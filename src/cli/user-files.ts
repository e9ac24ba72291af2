import { readFileSync, writeFileSync } from 'node:fs';
import { HoldfastError } from '../domain/index.ts';

/** Reads a text file that the user named. Throws FILE_UNREADABLE. */
export function readUserFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HoldfastError('FILE_UNREADABLE', `The file ${file} cannot be read (${codeOf(cause)}).`, {
      cause,
    });
  }
}

/** Writes a file that the user named, never over one that is there. Throws FILE_EXISTS or FILE_UNWRITABLE. */
export function writeUserFile(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw codeOf(cause) === 'EEXIST' ? fileExists(file) : unwritable(file, cause);
  }
}

export function fileExists(file: string): HoldfastError {
  return new HoldfastError('FILE_EXISTS', `${file} is there already and is not overwritten.`, {
    hint: 'Choose another name, or move it away first.',
  });
}

function unwritable(file: string, cause: unknown): HoldfastError {
  return new HoldfastError('FILE_UNWRITABLE', `${file} cannot be written (${codeOf(cause)}).`, { cause });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
