import type { Book, BookCompany } from '../core/book.ts';
import { generateBook, type WorldSize } from './generate-book.ts';

/** When the demo's world begins: Wednesday 2026-03-11, 10:00 in the first organisation's zone (Europe/London). */
export const DEFAULT_WORLD_ISO = '2026-03-11T10:00:00+00:00';

/** The invented companies of the demo. */
export const DEMO_COMPANIES = {
  bramble: company('bramble', 'Bramble & Flint Supplies Ltd', 'GBP', 'Europe/London', 'GB'),
  corrin: company('corrin', 'Corrin Quay Trading DAC', 'EUR', 'Europe/Dublin', 'IE'),
  tallgrass: company('tallgrass', 'Tallgrass Mill Outfitters Inc.', 'USD', 'America/New_York', 'US'),
} satisfies Record<string, BookCompany>;

/**
 * The demo's three companies: two Xero organisations and one QuickBooks company, each with customers of its own.
 * nowMs is world time (epoch ms UTC), DEFAULT_WORLD_ISO unless given.
 */
export function demoBooks(
  seed: number,
  size: WorldSize,
  nowMs: number = Date.parse(DEFAULT_WORLD_ISO),
): { xero: Book[]; quickbooks: Book[] } {
  const { bramble, corrin, tallgrass } = DEMO_COMPANIES;
  return {
    xero: [bramble, corrin].map((one) =>
      generateBook({ seed, size, company: one, nowMs, families: 'groups' }),
    ),
    quickbooks: [generateBook({ seed, size, company: tallgrass, nowMs, families: 'parents' })],
  };
}

function company(
  id: string,
  name: string,
  baseCurrency: string,
  timeZone: string,
  country: string,
): BookCompany {
  return { id, name, baseCurrency, timeZone, country, multiCurrency: true };
}
