import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoBooks } from '../../emulator/world/demo-books.ts';
import { startWorld } from '../../test/support/world.ts';
import type { WorldSize } from '../../emulator/world/generate-book.ts';
import { report, Stopwatch, taskOf } from '../support/measured.ts';

/**
 * Syncs a company of the emulator with its limits and leaves its data directory behind, beside `task.json` for those
 * who measure: in a process of its own, for a child shows no less memory than its parent had when it was forked.
 */
const { folder, size } = taskOf<{ folder: string; size: WorldSize }>();
const stopwatch = new Stopwatch();
const world = await startWorld({ xero: demoBooks(7, size).xero.slice(0, 1) });
await world.sync();
const dataDir = join(folder, 'data');
const keyFile = join(folder, 'data.key');
mkdirSync(dataDir);
await world.app.store.backup(join(dataDir, 'holdfast.sqlite'));
cpSync(world.env['HOLDFAST_KEY_FILE'] ?? '', keyFile);
const env = { ...world.env, HOLDFAST_DATA_DIR: dataDir, HOLDFAST_KEY_FILE: keyFile };
writeFileSync(join(folder, 'task.json'), JSON.stringify({ env, connectionId: world.ids[0] }));
const usage = stopwatch.usage();
await world.close();
report({ ...usage, invoices: 0 });
