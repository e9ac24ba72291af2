import { runSeed, type SeedOptions, type SeedReport } from './run-seed.ts';
import { Summary, replayCommand } from './summary.ts';

/** Runs seeds one after the other and sums up. */
export async function runSeeds(seeds: readonly number[], options: SeedOptions = {}): Promise<Summary> {
  const summary = new Summary();
  for (const seed of seeds) summary.add(await runSeed(seed, options));
  return summary;
}

/** Whole numbers from `first` on. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}

/** What an assertion shows of a seed that must be right: nothing, or its problems and how to replay it. */
export function shown(report: SeedReport): string[] {
  return report.problems.length === 0 ? [] : [`replay: ${replayCommand(report)}`, ...report.problems];
}
