import { readFileSync, readdirSync } from 'node:fs';

/** Memory of a process and of all that it started, summed at the same instant, MB. Linux only. */
export interface TreeMemory {
  rssMb: number;
  /** Each process's share, the first being the root. */
  partsMb: number[];
}

/** Reads the tree now. A process that ends meanwhile counts as nothing. Throws where there is no /proc. */
export function readTreeMemory(pid: number): TreeMemory {
  const partsMb = [pid, ...descendants(pid)].map(rssOf).filter((mb) => mb !== null);
  return { rssMb: partsMb.reduce((sum, mb) => sum + mb, 0), partsMb };
}

/** Watches a tree until it is told to stop; the highest sum counts. */
export class TreeWatch {
  readonly #timer: NodeJS.Timeout;
  peak: TreeMemory = { rssMb: 0, partsMb: [] };

  constructor(pid: number, everyMs = 50) {
    readFileSync('/proc/self/status');
    const look = (): void => {
      const now = readTreeMemory(pid);
      if (now.rssMb > this.peak.rssMb) this.peak = now;
    };
    look();
    this.#timer = setInterval(look, everyMs);
  }

  stop(): TreeMemory {
    clearInterval(this.#timer);
    return this.peak;
  }
}

/** Clock ticks of the kernel in a second, as all Linux programs see them. */
const TICKS = 100;

const ENDING_MS = 10_000;

/**
 * CPU (user and system, with that of their own children) of all that this process has started, ms, once the last of
 * them has ended. Linux only. Throws when one has not ended after ten seconds.
 */
export async function endedChildrenCpuMs(): Promise<number> {
  const giveUpMs = performance.now() + ENDING_MS;
  while (childrenOf(process.pid).length > 0) {
    if (performance.now() > giveUpMs) throw new Error('a process that should have ended is still there');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // The fields after the name in brackets, which may hold anything; cutime and cstime are the 14th and 15th of them.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS;
}

function descendants(pid: number): number[] {
  const children = childrenOf(pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}

function rssOf(pid: number): number | null {
  try {
    const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? null : Number(kb) / 1024;
  } catch {
    return null;
  }
}
