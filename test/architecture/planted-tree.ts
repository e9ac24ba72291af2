import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readTree, type SourceModule } from './source-tree.ts';

/** Writes these files (content by path) into a folder of their own and reads them as the project is read. */
export function plantTree(files: Record<string, string>): SourceModule[] {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-planted-'));
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true });
  });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readTree(root, [...new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''))]);
}
