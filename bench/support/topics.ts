import { parseArgs } from 'node:util';
import { openContext, type Context } from './context.ts';
import { describeMachine } from './machine.ts';
import { notMeasured, resultOf, type Bar, type Result, type Row } from './results.ts';
import { renderRows } from './table.ts';

/** A part of a bench that can be run alone. `promises` stand for its rows when it fails as a whole. */
export interface Topic {
  name: string;
  run(context: Context): Promise<Row[]>;
  promises: [what: string, bar: Bar][];
}

const ROUNDS = 7;

/** Runs a bench, or the parts of it that are asked for, and prints its table; `whole` = nothing was left out. */
export async function runTopics(
  bench: string,
  topics: readonly Topic[],
  args: string[],
): Promise<{ results: Result[]; whole: boolean }> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      node: { type: 'string', default: '' },
    },
  });
  const asked = chosen(topics, values.only);
  console.log(describeMachine());
  const context = openContext({
    quick: values.quick,
    rounds: Number(values.rounds ?? (values.quick ? '3' : ROUNDS)),
    nodeOptions: values.node.split(' ').filter((option) => option !== ''),
  });
  const rows: Row[] = [];
  try {
    for (const topic of asked) rows.push(...(await rowsOf(topic, context)));
  } finally {
    context.close();
  }
  console.log(`\n${renderRows(rows)}`);
  const asItIs = values.rounds === undefined && values.node === '' && !values.quick;
  return {
    results: rows.map((row) => resultOf(bench, row)),
    whole: asked.length === topics.length && asItIs,
  };
}

function chosen(topics: readonly Topic[], only: string | undefined): readonly Topic[] {
  if (only === undefined) return topics;
  return only.split(',').map((name) => {
    const topic = topics.find((one) => one.name === name.trim());
    if (topic === undefined) {
      throw new Error(`There is no "${name}". Known: ${topics.map((one) => one.name).join(', ')}.`);
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
