/** What a measured process reports of itself. CPU is user and system time of that process alone. */
export interface Usage {
  cpuMs: number;
  wallMs: number;
  /** The highest resident set since the process began. */
  peakRssMb: number;
  invoices: number;
  /** Figures of the script's own. */
  more?: Record<string, number>;
}

/** The script's one argument. */
export function taskOf<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** From here on. Modules that are loaded by then are on nobody's bill: floor, product and SDK load theirs before. */
export class Stopwatch {
  readonly #cpu = process.cpuUsage();
  readonly #wallMs = performance.now();

  /** The figures up to now; what the script counts afterwards for the report is on nobody's bill. */
  usage(more: Record<string, number> = {}): Omit<Usage, 'invoices'> {
    return {
      cpuMs: this.cpuMs(),
      wallMs: performance.now() - this.#wallMs,
      peakRssMb: process.resourceUsage().maxRSS / 1024,
      more,
    };
  }

  cpuMs(): number {
    const { user, system } = process.cpuUsage(this.#cpu);
    return (user + system) / 1000;
  }
}

/** Hands the figures to the bench and lets the process end. */
export function report(usage: Usage): void {
  process.send?.({ usage }, () => process.disconnect());
}
