import type { SeedReport } from './run-seed.ts';

/** The command that runs a seed again, from any checkout. */
export function replayCommand({ seed, http }: Pick<SeedReport, 'seed' | 'http'>): string {
  return `npm run converge -- --seed ${seed}${http ? ' --http' : ''}`;
}

/** What many seeds came to. */
export class Summary {
  readonly failed: SeedReport[] = [];
  readonly #fired = new Map<string, number>();
  #seeds = 0;
  #syncs = 0;
  #resumed = 0;
  #deaths = 0;
  #calls = 0;
  #edits = 0;
  #rows = 0;

  add(report: SeedReport): void {
    this.#seeds += 1;
    this.#syncs += report.syncs;
    this.#resumed += report.resumed;
    this.#deaths += report.deaths;
    this.#calls += report.calls;
    this.#edits += report.edits;
    this.#rows += report.rows;
    for (const [family, count] of report.fired)
      this.#fired.set(family, (this.#fired.get(family) ?? 0) + count);
    if (report.problems.length > 0) this.failed.push(report);
  }

  /** How often each family struck over all. */
  get fired(): ReadonlyMap<string, number> {
    return this.#fired;
  }

  /** Each failing seed with its first problem and the command that replays it. */
  failures(): string {
    return this.failed
      .map((report) => `seed ${report.seed}: ${report.problems[0] ?? ''}\n  replay: ${replayCommand(report)}`)
      .join('\n');
  }

  text(): string {
    const faults = [...this.#fired].map(([family, count]) => `${family} ${count}`).join(', ');
    return [
      `${this.#seeds} seeds, ${this.failed.length} failed: ${this.#syncs} syncs, ${this.#calls} calls, ` +
        `${this.#edits} edits, ${this.#deaths} deaths, ${this.#resumed} runs gone on with, ` +
        `${this.#rows} rows compared field by field`,
      `faults: ${faults}`,
    ].join('\n');
  }
}
