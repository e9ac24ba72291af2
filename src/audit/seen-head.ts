import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { HoldfastError } from '../domain/index.ts';
import type { Reader } from '../store/index.ts';
import { readAuditHash, readAuditHead, type AuditHead } from './store.ts';

/**
 * How far the audit log was when something last left this machine, in a file beside the key: no backup of the data has it.
 * A database that lacks that entry is older than what was done with it (a backup that was put back, a lost log, a clone).
 */
export class SeenHead {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Whether the log lacks the entry that was seen last. Throws SEEN_UNREADABLE when that cannot be said. */
  async isMissingFrom(reader: Reader): Promise<boolean> {
    const seen = this.#read();
    if (seen === null) return false;
    return (await readAuditHash(reader, seen.seq)) !== seen.hash;
  }

  /** Writes down, on the disk, how far the log is now; to be done before what it speaks of leaves. Never goes back. */
  async advance(reader: Reader): Promise<void> {
    const head = await readAuditHead(reader);
    if (head !== null && head.seq > (this.#read()?.seq ?? 0)) this.#write(head);
  }

  /** Takes the log as it is for the right one, after a person said so. */
  async accept(reader: Reader): Promise<void> {
    this.#write((await readAuditHead(reader)) ?? { seq: 0, hash: '' });
  }

  #read(): AuditHead | null {
    if (!existsSync(this.#file)) return null;
    const [seq = '', hash = ''] = readFileSync(this.#file, 'utf8').trim().split(' ');
    if (/^\d{1,15}$/.test(seq)) return seq === '0' ? null : { seq: Number(seq), hash };
    throw new HoldfastError('SEEN_UNREADABLE', `${this.#file} does not say how far the audit log was.`, {
      kind: 'state',
      hint: 'Put it back from the backup of your key file. Without one, look at what was sent last, then delete it.',
    });
  }

  #write({ seq, hash }: AuditHead): void {
    const part = `${this.#file}.part`;
    writeFileSync(part, `${seq} ${hash}\n`, { mode: 0o600 });
    const handle = openSync(part, 'r+');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(part, this.#file);
  }
}
