import type { Book } from './core/book.ts';
import type { Sleep, WorldClock } from './core/clock.ts';
import type { Effects } from './core/effects.ts';
import type { Faults } from './core/faults.ts';
import type { ConsentSettings, OAuthClient } from './core/oauth.ts';
import type { WorldState } from './core/state.ts';
import type { Send, Webhooks } from './core/webhooks.ts';
import type { CompanyBooks } from './quickbooks/books.ts';
import type { NativeCompany } from './quickbooks/native.ts';
import type { QuickBooksOptions } from './quickbooks/options.ts';
import type { Visited } from './visit.ts';
import type { XeroEdits } from './xero/edits.ts';
import type { XeroLimits } from './xero/limits.ts';
import type { XeroNativeCompany } from './xero/native-company.ts';
import type { XeroQuirks } from './xero/quirks.ts';

export type ServerName = 'xero' | 'quickbooks' | 'mail';

/** What an emulator serves and how. Everything has a default; without books its companies are none. */
export interface EmulatorOptions {
  /**
   * Where the world is kept; ':memory:' by default. When the file holds a world already, the books given here are
   * not loaded and the clock resumes at the saved world time.
   */
  stateFile?: string;
  /** World time at the start of a new world; real time by default. */
  nowMs?: number;
  /** 0 or missing lets the system choose. */
  ports?: { xero?: number; quickbooks?: number; smtp?: number; inbox?: number };
  xero?: Book[];
  quickbooks?: Book[];
  /** Companies served as published, e.g. the platforms' samples. */
  nativeCompanies?: { xero?: XeroNativeCompany[]; quickbooks?: NativeCompany[] };
  /** Whether consent pages answer themselves; true by default. */
  autoApprove?: boolean;
  clients?: OAuthClient[];
  quirks?: { xero?: Partial<XeroQuirks>; quickbooks?: Partial<QuickBooksOptions> };
  /** 'real' (default) as the platforms have them, 'off', or Xero's one by one. */
  limits?: 'real' | 'off' | XeroLimits;
  /** Which servers to start; all by default. */
  servers?: ServerName[];
  /** Opens no port at all: the platforms are reached by `fetch` of the running emulator alone, the mail server not. */
  inProcess?: boolean;
  /** How delays and slow replies pass; in real time by default. */
  sleep?: Sleep;
  /** Whether webhooks leave by themselves (default), or at `webhooks.tick()` only. */
  webhookTicks?: 'auto' | 'manual';
  /** How webhooks leave; `fetch` by default. */
  webhookSend?: Send;
}

/** An emulator that is up. Addresses of servers that were not started are ''. */
export interface RunningEmulator {
  xeroUrl: string;
  quickbooksUrl: string;
  smtpUrl: string;
  inboxUrl: string;
  /** The variables that point Holdfast at this emulator and into its time. */
  env(): Record<string, string>;
  state: WorldState;
  clock: WorldClock;
  effects: Effects;
  faults: Faults;
  /** How the user answers consent pages; may be changed at any time. */
  consent: { xero: ConsentSettings; quickbooks: ConsentSettings };
  /** Xero's unconfirmed behaviour; may be changed at any time. */
  quirks: XeroQuirks;
  /** QuickBooks' unconfirmed behaviour; may be changed at any time, but for what authorization reads at the start. */
  quickbooksQuirks: QuickBooksOptions;
  /** The pages of one organisation, by tenant id or book id. */
  xero(company: string): XeroEdits;
  /** The records of one QuickBooks company, by realm or book id, for the functions of quickbooks/edits.ts. */
  quickbooks(company: string): CompanyBooks;
  /** Subscriptions, deliveries, ticks. */
  webhooks: Webhooks;
  /**
   * Calls a platform without a socket, under `xeroUrl` or `quickbooksUrl`: the same routes, layers and faults. Redirects
   * are not followed. Rejects as fetch does, also for an address that is not the emulator's.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  visit(url: string): Promise<Visited>;
  /** The suggested limits of a company as CSV, by platform id or book id. */
  limitsCsv(company: string): string;
  /** Stops all servers and keeps the clock. */
  close(): Promise<void>;
}
