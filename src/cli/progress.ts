import { MultiBar, type SingleBar } from 'cli-progress';

/** How far long work is. */
export interface Progress {
  /**
   * `done` of `total` under a label (total null = not known); may be called as often as one likes. The first word of
   * the label says whose work it is ('xero-1 invoices'): what several do at once is told apart by it.
   */
  report(label: string, done: number, total: number | null): void;
  stop(): void;
}

/** A bar for each on a terminal, plain lines otherwise, both on stderr; nothing at all when `isQuiet` (--json). */
export function startProgress(isQuiet: boolean): Progress {
  if (isQuiet) return { report: () => undefined, stop: () => undefined };
  return process.stderr.isTTY ? new BarProgress() : new LineProgress();
}

const ownerOf = (label: string): string => label.split(' ', 1)[0] ?? label;

/** One line for each label that came to anything, when its owner's next one starts or at the end. */
class LineProgress implements Progress {
  readonly #current = new Map<string, { label: string; done: number }>();

  report(label: string, done: number): void {
    const owner = ownerOf(label);
    if (this.#current.get(owner)?.label !== label) this.#end(owner);
    this.#current.set(owner, { label, done });
  }

  stop(): void {
    for (const owner of this.#current.keys()) this.#end(owner);
  }

  #end(owner: string): void {
    const ended = this.#current.get(owner);
    if (ended !== undefined && ended.done > 0) process.stderr.write(`${ended.label}: ${ended.done}\n`);
    this.#current.delete(owner);
  }
}

/** A bar for each owner, which begins anew with each label. */
class BarProgress implements Progress {
  #bars: MultiBar | null = null;
  readonly #current = new Map<string, SingleBar>();

  report(label: string, done: number, total: number | null): void {
    this.#bars ??= newBars();
    const end = Math.max(total ?? done, done);
    const bar = this.#current.get(ownerOf(label)) ?? this.#bars.create(end, done, { label });
    this.#current.set(ownerOf(label), bar);
    bar.setTotal(end);
    bar.update(done, { label });
  }

  stop(): void {
    this.#bars?.stop();
    this.#bars = null;
    this.#current.clear();
  }
}

const newBars = (): MultiBar =>
  new MultiBar({
    format: '{label} {bar} {value}/{total}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    stream: process.stderr,
  });
