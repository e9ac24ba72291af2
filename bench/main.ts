import { benchSync } from './sync/bench-sync.ts';

const BENCHES: Readonly<Record<string, (args: string[]) => Promise<void>>> = { sync: benchSync };

const [name = 'sync', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`There is no bench "${name}". Known: ${Object.keys(BENCHES).join(', ')}.`);
  process.exitCode = 2;
} else {
  await bench(args);
}
