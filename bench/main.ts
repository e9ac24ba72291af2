import { killAll } from './support/children.ts';
import { keepResults, type Result } from './support/results.ts';
import { benchDecide } from './decide/bench-decide.ts';
import { benchSync } from './sync/bench-sync.ts';

type Bench = (args: string[]) => Promise<{ results: Result[]; whole: boolean }>;

const BENCHES: Readonly<Record<string, Bench>> = { sync: benchSync, decide: benchDecide };
const RESULTS = new URL('results.json', import.meta.url);

const [name = 'sync', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

if (bench === undefined) {
  console.error(`There is no bench "${name}". Known: ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}
try {
  const { results, whole } = await bench(args);
  // A try-out or a part must not pass for the whole.
  if (whole) keepResults(RESULTS, name, results);
  console.log(
    whole ? '\nWritten to bench/results.json.' : '\nOnly a part: bench/results.json was not written.',
  );
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}
