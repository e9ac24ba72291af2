import type { HoldRelease } from '../cases/index.ts';
import { exposureOf, type OrderInput } from './order-input.ts';

/** A release in force that speaks of an order, and the largest order that it lets through. Base currency. */
export interface ReleaseForOrder {
  release: HoldRelease;
  upToMinor: number;
}

/**
 * Of the releases of the customer and its parents that speak of this order, the widest; null = there is none. One for
 * a single order speaks of none but the order of that reference.
 */
export function releaseForOrder({ path, order, freshness }: OrderInput): ReleaseForOrder | null {
  const found = path.flatMap(({ facts }) => {
    const before = exposureOf(facts);
    if (before === null) return [];
    return facts.releases
      .filter(({ from, until }) => from <= freshness.asOf && freshness.asOf <= until)
      .filter(({ scope, orderReference }) => scope !== 'order' || orderReference === order.reference)
      .map((release) => ({ release, upToMinor: release.upToExposureMinor - before }));
  });
  return found.sort((a, b) => b.upToMinor - a.upToMinor || a.release.id - b.release.id)[0] ?? null;
}
