import { startEmulator } from '../../emulator/index.ts';
import type { Book } from '../../emulator/core/book.ts';
import { generateBook, type WorldSize } from '../../emulator/world/generate-book.ts';
import { DEFAULT_WORLD_ISO, DEMO_COMPANIES } from '../../emulator/world/demo-books.ts';
import { taskOf } from './measured.ts';

/** What the emulator shall serve: so many companies of each platform, all of one size, their limits off. */
export interface WorldTask {
  size: WorldSize;
  xero: number;
  quickbooks: number;
}

const task = taskOf<WorldTask>();
const nowMs = Date.parse(DEFAULT_WORLD_ISO);
const emulator = await startEmulator({
  nowMs,
  xero: books('xero', task.xero),
  quickbooks: books('quickbooks', task.quickbooks),
  servers: ['xero', 'quickbooks'],
  limits: 'off',
});
process.on('disconnect', () => void emulator.close().then(() => process.exit(0)));
process.send?.({ world: { env: emulator.env() } });

function books(platform: 'xero' | 'quickbooks', count: number): Book[] {
  const [template, families] =
    platform === 'xero'
      ? ([DEMO_COMPANIES.bramble, 'groups'] as const)
      : ([DEMO_COMPANIES.tallgrass, 'parents'] as const);
  return Array.from({ length: count }, (_, i) => {
    const company = { ...template, id: `${template.id}-${i}`, name: `${template.name} ${i}` };
    return generateBook({ seed: 7, size: task.size, company, nowMs, families });
  });
}
