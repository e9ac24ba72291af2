import { parseArgs } from 'node:util';
import { openContext, type Context } from '../support/context.ts';
import { describeMachine } from '../support/machine.ts';
import { notMeasured, resultOf, type Bar, type Result, type Row } from '../support/results.ts';
import { renderRows } from '../support/table.ts';
import { benchFirstSync } from './first-sync.ts';
import { benchLargeMirror, DELAY_BAR, DELAY_RATIO_BAR, PEAK_BAR } from './large-mirror.ts';
import { AGAIN_BAR, benchSecondSync, WRITTEN_BAR } from './second-sync.ts';
import { benchSteadyMemory, STEADY_BAR } from './steady-memory.ts';
import { benchTenAtOnce, TEN_BAR } from './ten-at-once.ts';

/** A part of the bench that can be run alone. `promises` stand for its rows when it fails as a whole. */
interface Topic {
  name: string;
  run(context: Context): Promise<Row[]>;
  promises: [what: string, bar: Bar][];
}

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

const ROUNDS = 7;

/** Speed and memory of the sync. Prints the table; returns what it found, and whether that was all of it. */
export async function benchSync(args: string[]): Promise<{ results: Result[]; whole: boolean }> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      node: { type: 'string', default: '' },
    },
  });
  const topics = chosen(values.only);
  console.log(describeMachine());
  const context = openContext({
    quick: values.quick,
    rounds: Number(values.rounds ?? (values.quick ? '3' : ROUNDS)),
    nodeOptions: values.node.split(' ').filter((option) => option !== ''),
  });
  const rows: Row[] = [];
  try {
    for (const topic of topics) rows.push(...(await rowsOf(topic, context)));
  } finally {
    context.close();
  }
  console.log(`\n${renderRows(rows)}`);
  const asItIs = values.rounds === undefined && values.node === '' && !values.quick;
  const whole = topics.length === TOPICS.length && asItIs;
  return { results: rows.map((row) => resultOf('sync', row)), whole };
}

function chosen(only: string | undefined): readonly Topic[] {
  if (only === undefined) return TOPICS;
  return only.split(',').map((name) => {
    const topic = TOPICS.find((one) => one.name === name.trim());
    if (topic === undefined) {
      throw new Error(`There is no "${name}". Known: ${TOPICS.map((one) => one.name).join(', ')}.`);
    }
    return topic;
  });
}

/** A part that fails does not hide the others. */
async function rowsOf(topic: Topic, context: Context): Promise<Row[]> {
  try {
    return await topic.run(context);
  } catch (error) {
    return topic.promises.map(([what, bar]) => notMeasured(what, '', bar, error));
  }
}
