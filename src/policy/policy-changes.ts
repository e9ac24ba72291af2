import { describeRule } from './describe-rule.ts';
import type { Policy } from './schema.ts';

/** One difference between two policies, defaults worked in. */
export interface PolicyChange {
  kind: 'added' | 'removed' | 'changed';
  /** Where: 'overdue.graceDays', 'segments "public" set.graceDays', 'rules'. */
  where: string;
  /** JSON values; null where there is none. */
  from: unknown;
  to: unknown;
  /** The same in words. */
  sentence: string;
}

/**
 * What makes one policy of the other. Rules are compared as sentences, whatever their order, which decides nothing;
 * segments, overrides and approvals by their names; examples are only counted. Pure.
 */
export function describePolicyChanges(from: Policy, to: Policy): PolicyChange[] {
  const [before, after] = [leavesOf(from), leavesOf(to)];
  const places = [...new Set([...before.keys(), ...after.keys()])];
  return [
    ...places.flatMap((where) => changeAt(where, before.get(where), after.get(where))),
    ...orderOf(from, to),
    ...examplesOf(from, to),
  ];
}

function changeAt(where: string, from: unknown, to: unknown): PolicyChange[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  const change = { where, from: from ?? null, to: to ?? null };
  if (from === undefined) return [{ ...change, kind: 'added', sentence: `${where}${shown(to)} is new` }];
  if (to === undefined) return [{ ...change, kind: 'removed', sentence: `${where}${shown(from)} is gone` }];
  const sentence = `${where} was${shown(from) || ' other'} and is now${shown(to) || ' as it is'}`;
  return [{ ...change, kind: 'changed', sentence }];
}

/** ' 250' for what is short; '' for a whole group of keys, whose name says enough. */
function shown(value: unknown): string {
  if (value === true) return ' yes';
  if (value === false) return ' no';
  if (Array.isArray(value))
    return ` ${value.map((one) => (typeof one === 'object' ? '…' : String(one))).join(', ')}`;
  return typeof value === 'string' || typeof value === 'number' ? ` ${value}` : '';
}

/** Lists whose entries have a name of their own. */
const NAMED: Readonly<Record<string, (entry: Readonly<Record<string, unknown>>) => string>> = {
  segments: (entry) => text(entry.name),
  overrides: (entry) =>
    [text(entry.customer), ...(entry.from === undefined ? [] : [`from ${text(entry.from)}`])].join(' '),
  'approvals.may': (entry) => `${text(entry.kind)} by ${text(entry.role)}`,
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every value by its place. Entries of named lists stand under their names, each rule under its own sentence. */
function leavesOf(policy: Policy): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const { rules, tests: _tests, hash: _hash, source: _source, ...rest } = policy;
  for (const rule of rules) leaves.set(`rule "${describeRule(rule)}"`, {});
  collect('', rest, leaves);
  return leaves;
}

function collect(where: string, value: unknown, leaves: Map<string, unknown>): void {
  const nameOf = NAMED[where];
  if (nameOf !== undefined && Array.isArray(value)) {
    for (const entry of value.filter(isGroup)) {
      const place = `${where} "${nameOf(entry)}"`;
      leaves.set(place, {});
      collect(place, withoutName(entry), leaves);
    }
  } else if (isGroup(value)) {
    for (const [key, inner] of Object.entries(value))
      collect(where === '' ? key : `${where}${where.endsWith('"') ? ' ' : '.'}${key}`, inner, leaves);
  } else if (value !== undefined) leaves.set(where, value);
}

/** What an entry says beside what it is called by. */
function withoutName(entry: Record<string, unknown>): object {
  const { name: _name, customer: _customer, kind: _kind, role: _role, ...rest } = entry;
  return rest;
}

/** The order of segments decides which of two sets a value. */
function orderOf(from: Policy, to: Policy): PolicyChange[] {
  const names = ({ segments }: Policy): string[] => segments.map(({ name }) => name);
  const kept = (all: string[], other: string[]): string[] => all.filter((name) => other.includes(name));
  const [before, after] = [kept(names(from), names(to)), kept(names(to), names(from))];
  if (before.join('\n') === after.join('\n')) return [];
  const sentence = `the segments stand in another order (${after.join(', ')}): the first that sets a value counts`;
  return [{ kind: 'changed', where: 'segments', from: before, to: after, sentence }];
}

/** Examples change nobody's standing: one line for all of them. */
function examplesOf(from: Policy, to: Policy): PolicyChange[] {
  const byName = ({ tests }: Policy): Map<string, string> =>
    new Map(tests.map((example) => [example.name, JSON.stringify(example)]));
  const [before, after] = [byName(from), byName(to)];
  const counts = {
    new: [...after.keys()].filter((name) => !before.has(name)).length,
    gone: [...before.keys()].filter((name) => !after.has(name)).length,
    other: [...after].filter(([name, example]) => before.has(name) && before.get(name) !== example).length,
  };
  if (counts.new + counts.gone + counts.other === 0) return [];
  const sentence = `examples: ${counts.new} new, ${counts.gone} gone, ${counts.other} changed`;
  return [{ kind: 'changed', where: 'tests', from: before.size, to: after.size, sentence }];
}
