import { WorldClock } from './core/clock.ts';
import { findCompany, limitsCsv } from './core/companies.ts';
import { saveClock } from './core/control.ts';
import type { World } from './core/control.ts';
import { Effects } from './core/effects.ts';
import { Faults } from './core/faults.ts';
import { emulatorClient } from './core/oauth.ts';
import { WorldState } from './core/state.ts';
import { Webhooks } from './core/webhooks.ts';
import { environment } from './environment.ts';
import type { EmulatorOptions, RunningEmulator } from './options.ts';
import { CompanyBooks } from './quickbooks/books.ts';
import type { QuickBooksOptions } from './quickbooks/options.ts';
import { quickBooksCompany } from './quickbooks/from-book.ts';
import { loadQuickBooksCompany } from './quickbooks/load.ts';
import { createQuickBooksServer } from './quickbooks/server.ts';
import type { QuickBooksServer } from './quickbooks/server.ts';
import { startServers } from './servers.ts';
import { visit } from './visit.ts';
import { quickBooksWebhooks } from './quickbooks/webhook-events.ts';
import { xeroWebhooks } from './xero/webhook-events.ts';
import { XeroEdits } from './xero/edits.ts';
import { createXeroServer, loadXeroBook } from './xero/index.ts';
import { noLimits, xeroLimits } from './xero/limits.ts';
import type { XeroLimits } from './xero/limits.ts';
import { loadXeroNative } from './xero/native-company.ts';
import { defaultQuirks } from './xero/quirks.ts';

export type { EmulatorOptions, RunningEmulator, ServerName } from './options.ts';

const clockSaveEveryMs = 1000;
const webhookTickEveryMs = 100;

/** Starts the emulated platforms and the mail server on loopback, over a new world or a kept one. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const world = openWorld(options);
  loadOnce(world, options);
  const consent = {
    xero: { autoApprove: options.autoApprove ?? true },
    quickbooks: { autoApprove: options.autoApprove ?? true },
  };
  const platforms = createPlatforms(world, options, consent);
  const webhooks = new Webhooks(world, [xeroWebhooks, quickBooksWebhooks], options.webhookSend);
  const servers = await startServers({ world, webhooks, ...platforms }, options);
  const stop = every(world, webhooks, options.webhookTicks ?? 'auto');
  const { state, clock, effects, faults } = world;
  const { xeroUrl, quickbooksUrl, smtpUrl, inboxUrl } = servers;
  const client = options.clients?.[0] ?? emulatorClient;
  return {
    xeroUrl,
    quickbooksUrl,
    smtpUrl,
    inboxUrl,
    env: () => environment(servers, clock, client),
    state,
    clock,
    effects,
    faults,
    consent,
    webhooks,
    quirks: platforms.xero.quirks,
    quickbooksQuirks: platforms.quickbooks.options,
    xero: (company) => xeroEdits(platforms.xero, company),
    quickbooks: (company) => quickBooks(world, platforms.quickbooks.options, company),
    fetch: (input, init) => servers.fetch(input, init),
    visit: (url) => visit(url, servers.browse),
    limitsCsv: (company) => limitsCsv(state, company),
    close: async () => {
      stop();
      await servers.close();
      saveClock(world);
      state.close();
    },
  };
}

/** What happens by itself while the emulator runs; the returned function ends it. */
function every(world: World, webhooks: Webhooks, ticks: 'auto' | 'manual'): () => void {
  const saver = setInterval(() => saveClock(world), clockSaveEveryMs).unref();
  const ticker =
    ticks === 'auto' ? setInterval(() => void webhooks.tick(), webhookTickEveryMs).unref() : undefined;
  return () => {
    clearInterval(saver);
    clearInterval(ticker);
  };
}

function openWorld(options: EmulatorOptions): World {
  const state = new WorldState(options.stateFile ?? ':memory:');
  const saved = state.getValue<{ nowMs: number }>('clock');
  const clock = new WorldClock(saved?.nowMs ?? options.nowMs ?? Date.now());
  return { state, clock, effects: new Effects(state, clock), faults: new Faults(options.sleep) };
}

function loadOnce(world: World, options: EmulatorOptions): void {
  if (world.state.getValue<boolean>('loaded') === true) return;
  world.state.bulk(() => loadBooks(world, options));
  world.state.setValue('loaded', true);
  saveClock(world);
}

function loadBooks(world: World, options: EmulatorOptions): void {
  const quirks = { ...defaultQuirks, ...options.quirks?.xero };
  for (const book of options.xero ?? []) loadXeroBook(world, book, quirks);
  for (const native of options.nativeCompanies?.xero ?? []) loadXeroNative(world, native);
  const companies = (options.quickbooks ?? []).map((book) =>
    quickBooksCompany(book, options.quirks?.quickbooks),
  );
  for (const native of [...companies, ...(options.nativeCompanies?.quickbooks ?? [])]) {
    loadQuickBooksCompany(world, native);
  }
}

interface Platforms {
  xero: ReturnType<typeof createXeroServer>;
  quickbooks: QuickBooksServer;
}

function createPlatforms(
  world: World,
  options: EmulatorOptions,
  consent: RunningEmulator['consent'],
): Platforms {
  const clients = options.clients ?? [emulatorClient];
  const xero = createXeroServer(world, {
    consent: consent.xero,
    clients,
    limits: xeroLimitsOf(options),
    ...(options.quirks?.xero ? { quirks: options.quirks.xero } : {}),
  });
  const quickbooks = createQuickBooksServer({
    ...world,
    options: {
      clients,
      limits: options.limits !== 'off',
      ...options.quirks?.quickbooks,
      consent: consent.quickbooks,
    },
  });
  return { xero, quickbooks };
}

function xeroLimitsOf({ limits = 'real' }: EmulatorOptions): XeroLimits {
  if (limits === 'off') return noLimits;
  return limits === 'real' ? xeroLimits : limits;
}

function xeroEdits(xero: Platforms['xero'], company: string): XeroEdits {
  const organisation = xero.organisations.find(company);
  if (!organisation) throw new Error(`no Xero organisation ${company}`);
  return new XeroEdits(organisation.store, xero.quirks);
}

function quickBooks(world: World, options: QuickBooksOptions, company: string): CompanyBooks {
  const realm = findCompany(world.state, company, 'quickbooks')?.remoteId ?? company;
  return new CompanyBooks(world, realm, options);
}
