import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** The machine in one line: what a figure means depends on it, and on what else it is doing. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown CPU';
  const gib = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0] ?? 0;
  return (
    `${model}, ${availableParallelism()} cores, ${gib} GiB, Node ${process.version}, ` +
    `${process.platform}; load before ${load.toFixed(2)}`
  );
}
