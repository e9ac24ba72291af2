import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorldSize } from '../../emulator/world/generate-book.ts';
import { startWorld, type World } from './world.ts';

/** What every topic of a bench is handed. */
export interface Context {
  /** Below it everything is made, and removed at the end. */
  folder: string;
  /** Turns of each contestant; the middle one counts. */
  rounds: number;
  /** A try-out: smaller worlds, fewer rounds; its figures prove nothing. */
  quick: boolean;
  /** Options of Node for the product's processes: to try flags, or to write profiles. */
  nodeOptions: string[];
  /** One Xero organisation and one QuickBooks company in one emulator, started when first asked for. */
  world(): Promise<World>;
  /** Tells the person who waits what is being done. */
  say(text: string): void;
}

export const QUICK_SIZE: WorldSize = 'small';
export const FULL_SIZE: WorldSize = 'medium';

/** Makes the folder; `close` removes it with all that was measured in it. */
export function openContext(
  options: Pick<Context, 'rounds' | 'quick' | 'nodeOptions'>,
): Context & { close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  let world: Promise<World> | null = null;
  const size = options.quick ? QUICK_SIZE : FULL_SIZE;
  return {
    ...options,
    folder,
    world: () => (world ??= startWorld({ size, xero: 1, quickbooks: 1 })),
    say: (text) => void process.stderr.write(`${text}\n`),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
