import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore, type Store } from '../../src/store/index.ts';

/** A folder of its own for the running test, removed when it ends. */
export function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A real database file with every migration, closed and removed when the running test ends. */
export function tempStore(): Store {
  return openHere(join(tempDir(), 'holdfast.db'));
}

/** Opens a database file for the running test: a second store beside a first is a second process, in small. */
export function openHere(file: string): Store {
  const store = openStore(file);
  onTestFinished(() => store.close());
  return store;
}

/** One store for a whole file of tests that keep apart by their connection ids. The caller closes it. */
export function sharedStore(): { store: Store; close(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const store = openStore(join(folder, 'holdfast.db'));
  const close = async (): Promise<void> => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { store, close };
}
