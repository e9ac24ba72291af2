import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/slow/**'],
    // A test that is left out by hand would be a promise that nobody checks.
    allowOnly: false,
    // Left to itself vitest keeps one of two cores idle; many tests wait for child processes anyway.
    maxWorkers: 2,
    // Loading the same modules anew for each of 150 files took as long as half of the tests. No test may leave
    // anything behind in its process.
    isolate: false,
    // Long enough for a slow machine with other work: only what hangs is ended by them.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
