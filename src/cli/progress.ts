import { SingleBar } from 'cli-progress';

/** How far long work is. */
export interface Progress {
  /** `done` of `total` under a label (total null = not known); may be called as often as one likes. */
  report(label: string, done: number, total: number | null): void;
  stop(): void;
}

/** A bar on a terminal, plain lines otherwise, both on stderr; nothing at all when `isQuiet` (--json). */
export function startProgress(isQuiet: boolean): Progress {
  if (isQuiet) return { report: () => undefined, stop: () => undefined };
  return process.stderr.isTTY ? new BarProgress() : new LineProgress();
}

/** One line for each label that came to anything, when the next one starts or at the end. */
class LineProgress implements Progress {
  #label = '';
  #done = 0;

  report(label: string, done: number): void {
    if (label !== this.#label) this.stop();
    this.#label = label;
    this.#done = done;
  }

  stop(): void {
    if (this.#done > 0) process.stderr.write(`${this.#label}: ${this.#done}\n`);
    this.#label = '';
    this.#done = 0;
  }
}

class BarProgress implements Progress {
  #bar: SingleBar | null = null;
  #label = '';

  report(label: string, done: number, total: number | null): void {
    const end = Math.max(total ?? done, done);
    if (label !== this.#label) this.stop();
    this.#label = label;
    if (this.#bar === null) {
      this.#bar = newBar();
      this.#bar.start(end, done, { label });
    }
    this.#bar.setTotal(end);
    this.#bar.update(done);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
    this.#label = '';
  }
}

const newBar = (): SingleBar =>
  new SingleBar({
    format: '{label} {bar} {value}/{total}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    stream: process.stderr,
  });
