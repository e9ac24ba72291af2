import type { Result } from '../support/results.ts';
import { runTopics, type Topic } from '../support/topics.ts';
import { benchFirstSync } from './first-sync.ts';
import { benchLargeMirror, DELAY_BAR, DELAY_RATIO_BAR, PEAK_BAR } from './large-mirror.ts';
import { AGAIN_BAR, benchSecondSync, WRITTEN_BAR } from './second-sync.ts';
import { benchSteadyMemory, STEADY_BAR } from './steady-memory.ts';
import { benchTenAtOnce, TEN_BAR } from './ten-at-once.ts';

const TOPICS: readonly Topic[] = [
  {
    name: 'xero',
    run: (context) => benchFirstSync(context, 'xero'),
    promises: [
      ['first sync, Xero: CPU ÷ floor', { atMost: 1.5 }],
      ['loop over xero-node ÷ ours, CPU', { atLeast: 1.5 }],
    ],
  },
  {
    name: 'quickbooks',
    run: (context) => benchFirstSync(context, 'quickbooks'),
    promises: [
      ['first sync, QuickBooks: CPU ÷ floor', { atMost: 1.5 }],
      ['ours ÷ node-quickbooks fetchAll, CPU', { atMost: 1.5 }],
    ],
  },
  {
    name: 'steady',
    run: benchSteadyMemory,
    promises: [['peak memory, five times the rows ÷ one time', STEADY_BAR]],
  },
  {
    name: 'again-xero',
    run: (context) => benchSecondSync(context, 'xero'),
    promises: [
      ['full pull again, Xero: database time, first ÷ second', AGAIN_BAR],
      ['full pull again, Xero: rows written', WRITTEN_BAR],
    ],
  },
  {
    name: 'again-quickbooks',
    run: (context) => benchSecondSync(context, 'quickbooks'),
    promises: [
      ['full pull again, QuickBooks: database time, first ÷ second', AGAIN_BAR],
      ['full pull again, QuickBooks: rows written', WRITTEN_BAR],
    ],
  },
  {
    name: 'memory',
    run: benchLargeMirror,
    promises: [
      ['serve mirrors a million invoices: peak memory', PEAK_BAR],
      ['meanwhile the web process: event-loop delay p99', DELAY_BAR],
      ['the same ÷ idle (this decides)', DELAY_RATIO_BAR],
    ],
  },
  {
    name: 'ten',
    run: benchTenAtOnce,
    promises: [['ten connections at once: wall ÷ the slowest alone', TEN_BAR]],
  },
];

/** Speed and memory of the sync. Prints the table; returns what it found, and whether that was all of it. */
export function benchSync(args: string[]): Promise<{ results: Result[]; whole: boolean }> {
  return runTopics('sync', TOPICS, args);
}
