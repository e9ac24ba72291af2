import { HoldfastError } from '../domain/index.ts';

/** After one of these nobody knows what reached the disk: to try again would be to take a guess for a fact. */
const UNSURE = /^SQLITE_(IOERR|CORRUPT|NOTADB)/;

/**
 * Does work on one database file and says for people what the disk did to it. Once the disk failed (not: was full), no
 * write is tried again before a restart, which reads anew what is there.
 */
export class DiskGuard {
  readonly #file: string;
  #failed: HoldfastError | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws DATABASE_FULL, DATABASE_FAILED, DATABASE_DAMAGED or DATABASE_READ_ONLY in the place of SQLite's own error. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failed !== null) throw this.#failed;
    try {
      return await work();
    } catch (error) {
      const told = diskTrouble(this.#file, error);
      if (told !== null && UNSURE.test(codeOf(error))) this.#failed = told;
      throw told ?? error;
    }
  }

  /** As write, for what only reads: it may be tried again. */
  async readLater<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw diskTrouble(this.#file, error) ?? error;
    }
  }

  read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw diskTrouble(this.#file, error) ?? error;
    }
  }
}

/** What SQLite's error says of the disk (https://www.sqlite.org/rescode.html), for people; null when it says nothing. */
export function diskTrouble(file: string, error: unknown): HoldfastError | null {
  const code = codeOf(error);
  const because = { kind: 'state', cause: error } as const;
  if (code === 'SQLITE_FULL') {
    return new HoldfastError('DATABASE_FULL', `There is no room left on the disk of ${file}.`, {
      ...because,
      retryable: true,
      hint: 'Make room there, then run it again: it goes on where it stopped, and nothing was lost.',
    });
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return new HoldfastError('DATABASE_DAMAGED', `The database ${file} is damaged: ${messageOf(error)}.`, {
      ...because,
      hint: 'Stop Holdfast, keep the file, and put the newest backup in its place. `holdfast doctor` says more.',
    });
  }
  if (/^SQLITE_(READONLY|PERM|CANTOPEN|AUTH)/.test(code)) {
    return new HoldfastError(
      'DATABASE_READ_ONLY',
      `Nothing can be written to ${file}: ${messageOf(error)}.`,
      {
        ...because,
        hint: 'Give this user the right to write in the data directory, and see that the disk is not read-only.',
      },
    );
  }
  if (!code.startsWith('SQLITE_IOERR')) return null;
  return new HoldfastError(
    'DATABASE_FAILED',
    `The disk failed under ${file}: ${messageOf(error)} (${code}).`,
    {
      ...because,
      hint: 'Look after the disk (is it full?) and start Holdfast again: what was committed is kept.',
    },
  );
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
