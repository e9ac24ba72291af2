import type { PolicyDocument, PolicyRule, Segment } from './schema.ts';

type Changes = Segment['set'];

/** Overdue terms, release thresholds and default limit with the changes worked in; the first that sets a key wins. */
export function mergeChanges(
  { overdue, release }: Pick<PolicyDocument, 'overdue' | 'release'>,
  changes: readonly Changes[],
): Pick<PolicyDocument, 'overdue' | 'release'> & { defaultLimit: number | undefined } {
  const first = <Key extends keyof Changes>(key: Key): Changes[Key] =>
    changes.find((change) => change[key] !== undefined)?.[key];
  return {
    overdue: {
      ...overdue,
      graceDays: first('graceDays') ?? overdue.graceDays,
      tolerance: first('tolerance') ?? overdue.tolerance,
    },
    release: { ...release, ...mergeReleases(changes) },
    defaultLimit: first('defaultLimit'),
  };
}

/** Key by key. A key that nobody wrote is left out, so that it undoes nothing. */
function mergeReleases(changes: readonly Changes[]): Partial<PolicyDocument['release']> {
  const releases = changes.map((change) => change.release ?? {});
  const first = <Key extends keyof PolicyDocument['release']>(key: Key) =>
    releases.find((release) => release[key] !== undefined)?.[key];
  const [useAtMostPercent, overdueDaysBelow, overdueBelow] = [
    first('useAtMostPercent'),
    first('overdueDaysBelow'),
    first('overdueBelow'),
  ];
  return {
    ...(useAtMostPercent === undefined ? {} : { useAtMostPercent }),
    ...(overdueDaysBelow === undefined ? {} : { overdueDaysBelow }),
    ...(overdueBelow === undefined ? {} : { overdueBelow }),
  };
}

/** The rules that speak of a customer in these segments, but for some. */
export function rulesFor(
  rules: readonly PolicyRule[],
  inSegments: readonly string[],
  without: readonly string[],
): PolicyRule[] {
  const isIn = (names: readonly string[]): boolean => names.some((name) => inSegments.includes(name));
  return rules.filter(
    ({ rule, segments, exceptSegments }) =>
      !without.includes(rule) &&
      (segments === undefined || isIn(segments)) &&
      (exceptSegments === undefined || !isIn(exceptSegments)),
  );
}
