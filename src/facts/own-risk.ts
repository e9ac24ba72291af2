import type { InsuredLimit } from '../cases/index.ts';
import { weightedMinor } from './buckets.ts';

/**
 * What would be lost although it is insured: E − min(E, insured limit) × cover %, never below 0. Minor units of the
 * base currency; without an insurer all of the exposure. Source: domain rules, exposure (OCA partner_risk_insurance).
 */
export function ownRiskMinor(
  exposureMinor: number,
  insured: Pick<InsuredLimit, 'limitMinor' | 'coverPercent'> | null,
): number {
  if (insured === null) return Math.max(0, exposureMinor);
  const covered = weightedMinor(Math.min(exposureMinor, insured.limitMinor), insured.coverPercent);
  return Math.max(0, exposureMinor - covered);
}
