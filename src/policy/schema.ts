import { z } from 'zod';
import {
  approvalsSchema,
  calendarSchema,
  exposureSchema,
  gatesSchema,
  overdueSchema,
  ratesSchema,
  remindersSchema,
  standingsSchema,
} from './schema-conduct.ts';
import { exampleSchema } from './schema-examples.ts';
import { releaseSchema, ruleSchema } from './schema-rules.ts';
import { overrideSchema, segmentSchema } from './schema-segments.ts';
import { STANDINGS, said, type Standing } from './schema-words.ts';

/**
 * The written credit policy: rule → standing → effect on the platform → automatic or not. Every sentence in these
 * files is shown by editors too (policies/policy.schema.json).
 */
export const policySchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(100),
  rates: ratesSchema.prefault({}),
  exposure: exposureSchema.prefault({}),
  overdue: overdueSchema.prefault({}),
  segments: said(z.array(segmentSchema).max(50), 'Customers that are treated alike.').default([]),
  overrides: said(z.array(overrideSchema).max(1_000), 'What differs for single customers.').default([]),
  rules: said(z.array(ruleSchema).min(1).max(100), 'rule → standing; the most severe standing wins.'),
  release: releaseSchema.prefault({}),
  standings: standingsSchema,
  releaseHolds: z.strictObject({ automatic: z.boolean() }).describe('Whether holds end by themselves.'),
  approvals: approvalsSchema.prefault({}),
  calendar: calendarSchema.prefault({}),
  reminders: remindersSchema,
  gates: gatesSchema.prefault({}),
  tests: said(
    z.array(exampleSchema).max(500),
    'Example customers and what the policy must make of them: `holdfast policy test FILE`.',
  ).default([]),
});

export type PolicyDocument = z.infer<typeof policySchema>;
export type Segment = PolicyDocument['segments'][number];
export type Override = PolicyDocument['overrides'][number];
export type PolicyExample = PolicyDocument['tests'][number];
export type ApprovalKind = PolicyDocument['approvals']['may'][number]['kind'];
export type PolicyRule = PolicyDocument['rules'][number];
export type OverdueRule = Extract<PolicyRule, { rule: 'overdue' }>;
export type UseRule = Extract<PolicyRule, { rule: 'near-limit' | 'over-limit' }>;

/** A policy together with the hash that decisions cite. */
export interface Policy extends PolicyDocument {
  hash: string;
  /** The text it was read from, kept so that old versions stay readable. */
  source: string;
}

/** -1, 0, 1 as `a` is milder than, equal to or more severe than `b`. */
export function compareStandings(a: Standing, b: Standing): number {
  return Math.sign(STANDINGS.indexOf(a) - STANDINGS.indexOf(b));
}

/** The most severe of some standings; 'clear' of none. */
export function worstStanding(standings: Standing[]): Standing {
  return standings.reduce((worst, next) => (compareStandings(next, worst) > 0 ? next : worst), 'clear');
}
