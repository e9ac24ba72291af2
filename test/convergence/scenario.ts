import type { EmulatorOptions } from '../../emulator/index.ts';
import { noLimits, xeroLimits } from '../../emulator/xero/limits.ts';
import type { PlatformName } from '../../src/domain/index.ts';
import type { CompanyPlan } from './books.ts';
import { Dice } from './dice.ts';

/** Kinds of trouble; each is on or off for a whole run. */
export const FAMILIES = [
  'rate limits',
  'server errors',
  'maintenance pages',
  'quickbooks faults',
  'faults in a 200',
  'cut bodies',
  'resets',
  'slow replies',
  'rejected tokens',
  'lost refreshes',
  'day limits',
  'late duplicates',
  'long sleeps',
  'clock jumps',
  'process deaths',
] as const;
export type Family = (typeof FAMILIES)[number];

export interface PlannedCompany extends CompanyPlan {
  platform: PlatformName;
}

/** Everything about a run that its seed decides before it begins. */
export interface Scenario {
  seed: number;
  startMs: number;
  companies: PlannedCompany[];
  families: ReadonlySet<Family>;
  /** Chance of a fault per call, and of an edit before or after a call. */
  faultChance: number;
  editChance: number;
  /** How often every connection is synced while there is trouble. */
  rounds: number;
  /** Most rows of a page, a query or a change data capture. */
  rowsPerReply: number;
  /** Whether records vanish without a word now and then. */
  silentDeletes: boolean;
  /** Whether the connections of a round are synced at the same time. */
  atOnce: boolean;
  quirks: NonNullable<EmulatorOptions['quirks']>;
  limits: NonNullable<EmulatorOptions['limits']>;
  settings: Record<string, string>;
}

/** What a caller may fix whatever the seed says: planted mistakes need their occasion. */
export type Fixed = Partial<Omit<Scenario, 'seed' | 'companies' | 'settings' | 'quirks'>> & {
  companies?: (drawn: PlannedCompany[]) => PlannedCompany[];
  quirks?: (drawn: Scenario['quirks']) => Scenario['quirks'];
};

const MIDDAY_MS = Date.parse('2026-03-11T10:00:00Z');

/** Draws the scenario of a seed. */
export function drawScenario(seed: number, fixed: Fixed = {}): Scenario {
  const dice = new Dice(seed).fork('scenario');
  const startMs = MIDDAY_MS + dice.whole(0, 300) * 86_400_000 + dice.whole(0, 40_000_000);
  const companies = drawCompanies(dice, startMs);
  const direction = dice.pick(['foreign-per-base', 'base-per-foreign'] as const);
  const rowsPerReply = dice.pick([5, 8, 13, 25, 60, 1000]);
  const quirks = {
    xero: { ...drawXeroQuirks(dice), currencyRateDirection: direction },
    quickbooks: drawQuickBooksQuirks(dice),
  };
  const { companies: chooseCompanies, quirks: chooseQuirks, ...rest } = fixed;
  const scenario: Scenario = {
    seed,
    startMs,
    companies: chooseCompanies?.(companies) ?? companies,
    families: drawFamilies(dice),
    faultChance: dice.pick([0.02, 0.05, 0.1, 0.2]),
    editChance: dice.pick([0.1, 0.3, 0.6]),
    rounds: dice.whole(2, 5),
    rowsPerReply,
    silentDeletes: dice.chance(0.4),
    atOnce: dice.chance(0.3),
    quirks: chooseQuirks?.(quirks) ?? quirks,
    limits: dice.chance(0.5) ? { ...xeroLimits, clock: 'world' } : noLimits,
    settings: { XERO_CURRENCY_RATE: direction },
    ...rest,
  };
  const quickbooks = { cdcCapObjects: scenario.rowsPerReply, ...scenario.quirks.quickbooks };
  return { ...scenario, quirks: { ...scenario.quirks, quickbooks } };
}

function drawCompanies(dice: Dice, nowMs: number): PlannedCompany[] {
  const platforms: PlatformName[] = dice.pick([
    ['xero'],
    ['quickbooks'],
    ['xero', 'quickbooks'],
    ['xero', 'xero'],
    ['xero', 'quickbooks', 'quickbooks'],
  ]);
  return platforms.map((platform, at) => ({
    platform,
    id: `${platform}-${at}`,
    customers: dice.pick([0, 1, 4, 10, 25]),
    invoices: dice.pick([0, 1, 6, 20, 50, 120, 300]),
    multiCurrency: dice.chance(0.5),
    timeZone: dice.pick(['Europe/London', 'Pacific/Auckland', 'America/Los_Angeles', 'Asia/Kolkata']),
    nowMs,
  }));
}

/** A tenth of all runs are without faults, some have them all, most two to five families. */
function drawFamilies(dice: Dice): Set<Family> {
  const lot = dice.next();
  if (lot < 0.1) return new Set();
  if (lot < 0.2) return new Set(FAMILIES);
  return new Set(dice.some(FAMILIES, dice.whole(2, 5)));
}

function drawXeroQuirks(dice: Dice) {
  return {
    updatedGrainMs: dice.pick([1, 1, 1000, 60_000]),
    modifiedSinceInclusive: dice.chance(0.7),
    modifiedSinceGrainMs: dice.pick([1, 1000]),
    modifiedSinceIgnored: dice.chance(0.15),
    currencyRateDecimals: dice.pick([6, 10]),
    balancesIncludeCredits: dice.chance(0.5),
    groupEditTouchesContact: dice.chance(0.5),
    retryAfter: dice.pick(['timed', 'always', 'never'] as const),
    refreshGrace: dice.chance(0.6),
    maxQueryLength: dice.pick([null, 2048]),
  };
}

function drawQuickBooksQuirks(dice: Dice) {
  return {
    updatedGrainMs: dice.pick([1000, 1000, 60_000]),
    lastUpdatedTimeIgnored: dice.chance(0.15),
    metaDataZone: dice.pick(['pacific', 'company'] as const),
    refreshRotation: dice.pick(['daily', 'always'] as const),
    refreshGraceMs: dice.pick([0, 3_600_000]),
    refreshReuseRevokes: dice.chance(0.3),
    cdcCapPer: dice.pick(['response', 'entity'] as const),
    totalCount: dice.pick(['always', 'never', 'unfiltered'] as const),
    defaultOrder: dice.pick(['recorded', 'id'] as const),
    deletedSuffix: dice.chance(0.5),
    timeZoneInCompanyInfo: dice.chance(0.5),
    retryAfterSeconds: dice.pick([null, 5, 60]),
    limitClock: 'world' as const,
  };
}
