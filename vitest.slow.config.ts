import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts'],
    allowOnly: false,
    passWithNoTests: true,
    testTimeout: 15 * 60_000,
    hookTimeout: 15 * 60_000,
    // They measure time and memory, so they do not share the machine with each other.
    fileParallelism: false,
  },
});
