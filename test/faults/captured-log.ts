import fs from 'node:fs';
import { onTestFinished } from 'vitest';

const STDERR = 2;

/** Keeps what the running test's product writes to stderr, where its log goes, instead of showing it. */
export function captureLog(): { text(): string } {
  const lines: string[] = [];
  const write = fs.writeSync;
  const capture = (...args: Parameters<typeof write>): number => {
    const [fd, data] = args;
    if (fd !== STDERR || typeof data !== 'string') return write(...args);
    lines.push(data);
    return Buffer.byteLength(data);
  };
  fs.writeSync = capture as typeof write;
  onTestFinished(() => {
    fs.writeSync = write;
  });
  return { text: () => lines.join('') };
}
