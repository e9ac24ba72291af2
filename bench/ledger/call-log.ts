const SECOND_MS = 1000;

/** The calls that a server got, company by company: whether a client kept to the limits. */
export class CallLog {
  readonly #atMs = new Map<string, number[]>();

  note(company: string, nowMs: number): void {
    const known = this.#atMs.get(company);
    if (known === undefined) this.#atMs.set(company, [nowMs]);
    else known.push(nowMs);
  }

  forget(): void {
    this.#atMs.clear();
  }

  /** All calls, and the most that any company got within one second. */
  summary(): { calls: number; busiestSecond: number } {
    const all = [...this.#atMs.values()];
    const calls = all.reduce((sum, times) => sum + times.length, 0);
    return { calls, busiestSecond: Math.max(0, ...all.map(mostWithinASecond)) };
  }
}

function mostWithinASecond(timesMs: readonly number[]): number {
  let most = 0;
  let from = 0;
  timesMs.forEach((nowMs, i) => {
    while (nowMs - (timesMs[from] ?? nowMs) >= SECOND_MS) from += 1;
    most = Math.max(most, i - from + 1);
  });
  return most;
}
