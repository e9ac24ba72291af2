import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Book } from './core/book.ts';
import type { EmulatorOptions } from './options.ts';
import { sampleCompany } from './quickbooks/samples.ts';
import { DEFAULT_WORLD_ISO, demoBooks } from './world/demo-books.ts';
import type { WorldSize } from './world/generate-book.ts';
import { ledgerBook, ledgerNowMs } from './world/ledger.ts';
import { xeroSampleCompany } from './world/xero-samples.ts';

/** Which world is wanted, as the command line says it. */
export interface WorldChoice {
  seed: number;
  size: WorldSize;
  /** Path of a CSV ledger to serve, as one Xero organisation and one QuickBooks company. */
  ledger?: string;
  /** The ledger's day, 'YYYY-MM-DD'; the machine's day by default. */
  today?: string;
  /** IANA zone of the ledger's company. */
  zone: string;
  /** Whether the demo's companies are served too when there is a ledger. */
  demo: boolean;
  /** Whether the platforms' published samples are served, as one company each, instead of the demo's. */
  samples: boolean;
  /** World time, ISO; the demo's morning or the ledger's day by default. */
  now?: string;
}

export type ChosenWorld = Required<
  Pick<EmulatorOptions, 'nowMs' | 'xero' | 'quickbooks' | 'nativeCompanies'>
>;

/** Makes the books of a choice. Throws for an instant or day that is none, and for a ledger that cannot be read. */
export function chosenWorld(choice: WorldChoice): ChosenWorld {
  const ledger = choice.ledger === undefined ? undefined : readLedger(choice, choice.ledger);
  const nowMs =
    choice.now === undefined ? (ledger?.nowMs ?? Date.parse(DEFAULT_WORLD_ISO)) : Date.parse(choice.now);
  if (!Number.isFinite(nowMs)) throw new Error(`${String(choice.now)} is not an instant`);
  const demo =
    (ledger || choice.samples) && !choice.demo
      ? { xero: [], quickbooks: [] }
      : demoBooks(choice.seed, choice.size, nowMs);
  const ledgers = ledger ? [ledger.book] : [];
  return {
    nowMs,
    xero: [...demo.xero, ...ledgers],
    quickbooks: [...demo.quickbooks, ...ledgers],
    nativeCompanies: choice.samples ? publishedSamples() : {},
  };
}

/** The samples lie in the project's fixtures, each folder with its licence. */
function publishedSamples(): ChosenWorld['nativeCompanies'] {
  const folder = (platform: string): string =>
    fileURLToPath(new URL(`../fixtures/${platform}/samples`, import.meta.url));
  return { xero: [xeroSampleCompany(folder('xero'))], quickbooks: [sampleCompany(folder('quickbooks'))] };
}

function readLedger(choice: WorldChoice, file: string): { book: Book; nowMs: number } {
  const today = choice.today ?? new Date().toISOString().slice(0, 10);
  const name = basename(file).replace(/\.csv$/i, '');
  const company = { id: `ledger-${name}`, name: `Ledger ${name}`, timeZone: choice.zone, country: 'GB' };
  const book = ledgerBook({ csvText: readFileSync(file, 'utf8'), today, company });
  return { book, nowMs: ledgerNowMs(today, choice.zone) };
}
