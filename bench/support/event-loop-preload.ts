import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded before `holdfast serve` by --import: measures how late its event loop is, and says so when it is asked.
 * Processes that serve starts inherit the option; only the one that the bench itself started answers.
 */
if (process.env['BENCH_PID'] === String(process.ppid) && process.send !== undefined) {
  const delay = monitorEventLoopDelay();
  delay.enable();
  process.on('message', (order: 'forget' | 'read') => {
    if (order === 'forget') return delay.reset();
    const ms = (nanoseconds: number): number => nanoseconds / 1e6;
    const { rss } = process.memoryUsage();
    process.send?.({
      eventLoop: {
        p50Ms: ms(delay.percentile(50)),
        p99Ms: ms(delay.percentile(99)),
        maxMs: ms(delay.max),
        rssMb: rss / 2 ** 20,
      },
    });
  });
  // The bench must not keep the server from ending.
  process.channel?.unref();
}
