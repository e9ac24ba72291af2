import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/slow/**'],
    // A test that is left out by hand would be a promise that nobody checks.
    allowOnly: false,
    // Left to itself vitest keeps one of two cores idle; and many tests wait for child processes and timers, so that a
    // third one finds time on two cores.
    maxWorkers: 3,
    // Loading the same modules anew for each of 150 files took as long as half of the tests. No test may leave
    // anything behind in its process.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
