import type { Day } from '../../domain/index.ts';
import type { InsuredLimit } from '../case-file.ts';
import type { CreditLimit } from '../limits.ts';

/** What one version says of a customer's limit. */
export type LimitVersion =
  | { kind: 'permanent'; limit: CreditLimit | null; group: string | null; reviewOn: Day | null }
  | { kind: 'temporary'; id: number; amountMinor: number; from: Day; to: Day; state: 'open' | 'ended' }
  | { kind: 'insured'; insured: InsuredLimit | null };

/** One change of a customer's limit, with who, when and why. */
export interface LimitHistoryEntry {
  atMs: number;
  by: string;
  why: string;
  /** From which day it counts; null = for the days before it was written down as well. */
  day: Day | null;
  version: LimitVersion;
}
