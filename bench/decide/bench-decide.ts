import type { Result } from '../support/results.ts';
import { runTopics, type Topic } from '../support/topics.ts';
import {
  BACKTEST_BAR,
  BACKTEST_MEMORY_BAR,
  BACKTEST_MEMORY_WHAT,
  BACKTEST_WHAT,
  benchBacktest,
} from './backtest.ts';
import { DESK_BAR, DESK_WHAT, benchDesk } from './desk.ts';
import { benchNight, MEMORY_BAR, MEMORY_WHAT, NIGHT_BAR, NIGHT_WHAT } from './night.ts';
import { benchOneCustomer, ONE_BAR, ONE_WHAT } from './one-customer.ts';

/** The parts of this bench, in the order of its table: add one here. Books of many customers: booksOf(context). */
const TOPICS: readonly Topic[] = [
  {
    name: 'night',
    run: benchNight,
    promises: [
      [NIGHT_WHAT, NIGHT_BAR],
      [MEMORY_WHAT, MEMORY_BAR],
    ],
  },
  { name: 'one', run: benchOneCustomer, promises: [[ONE_WHAT, ONE_BAR]] },
  {
    name: 'backtest',
    run: benchBacktest,
    promises: [
      [BACKTEST_WHAT, BACKTEST_BAR],
      [BACKTEST_MEMORY_WHAT, BACKTEST_MEMORY_BAR],
    ],
  },
  { name: 'desk', run: benchDesk, promises: [[DESK_WHAT, DESK_BAR]] },
];

/** Speed and memory of facts, rules and decisions. Prints the table; returns what it found, and whether that was all. */
export function benchDecide(args: string[]): Promise<{ results: Result[]; whole: boolean }> {
  return runTopics('decide', TOPICS, args);
}
