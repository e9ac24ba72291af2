import { WorldClock } from './core/clock.ts';
import { findCompany, limitsCsv } from './core/companies.ts';
import { controlRoutes, quirkRoutes, saveClock } from './core/control.ts';
import type { World } from './core/control.ts';
import { Effects } from './core/effects.ts';
import { Faults } from './core/faults.ts';
import { listen } from './core/http.ts';
import type { ListeningServer, PlatformServer, Route } from './core/http.ts';
import { emulatorClient } from './core/oauth.ts';
import { WorldState } from './core/state.ts';
import { environment } from './environment.ts';
import { startMailServers } from './mail/index.ts';
import type { EmulatorOptions, RunningEmulator, ServerName } from './options.ts';
import { CompanyBooks } from './quickbooks/books.ts';
import type { QuickBooksOptions } from './quickbooks/options.ts';
import { quickBooksCompany } from './quickbooks/from-book.ts';
import { loadQuickBooksCompany } from './quickbooks/load.ts';
import { createQuickBooksServer } from './quickbooks/server.ts';
import type { QuickBooksServer } from './quickbooks/server.ts';
import { visit } from './visit.ts';
import { XeroEdits } from './xero/edits.ts';
import { createXeroServer, loadXeroBook } from './xero/index.ts';
import { noLimits, xeroLimits } from './xero/limits.ts';
import type { XeroLimits } from './xero/limits.ts';
import { loadXeroNative } from './xero/native-company.ts';
import { defaultQuirks } from './xero/quirks.ts';

export type { EmulatorOptions, RunningEmulator, ServerName } from './options.ts';

const clockSaveEveryMs = 1000;

/** Starts the emulated platforms and the mail server on loopback, over a new world or a kept one. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const world = openWorld(options);
  loadOnce(world, options);
  const consent = {
    xero: { autoApprove: options.autoApprove ?? true },
    quickbooks: { autoApprove: options.autoApprove ?? true },
  };
  const platforms = createPlatforms(world, options, consent);
  const servers = await startServers(world, options, platforms);
  const saver = setInterval(() => saveClock(world), clockSaveEveryMs).unref();
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
    quirks: platforms.xero.quirks,
    quickbooksQuirks: platforms.quickbooks.options,
    xero: (company) => xeroEdits(platforms.xero, company),
    quickbooks: (company) => quickBooks(world, platforms.quickbooks.options, company),
    visit,
    limitsCsv: (company) => limitsCsv(state, company),
    close: async () => {
      clearInterval(saver);
      await servers.close();
      saveClock(world);
      state.close();
    },
  };
}

function openWorld(options: EmulatorOptions): World {
  const state = new WorldState(options.stateFile ?? ':memory:');
  const saved = state.getValue<{ nowMs: number }>('clock');
  const clock = new WorldClock(saved?.nowMs ?? options.nowMs ?? Date.now());
  return { state, clock, effects: new Effects(state, clock), faults: new Faults() };
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

interface Servers {
  xeroUrl: string;
  quickbooksUrl: string;
  smtpUrl: string;
  inboxUrl: string;
  close(): Promise<void>;
}

async function startServers(world: World, options: EmulatorOptions, platforms: Platforms): Promise<Servers> {
  const wanted = (name: ServerName): boolean => options.servers?.includes(name) ?? true;
  const { ports = {} } = options;
  const control = controlRoutes(world);
  const { xero, quickbooks } = platforms;
  const started = [
    wanted('xero')
      ? await serve(world, xero, ports.xero, [...control, ...quirkRoutes(xero.quirks)])
      : undefined,
    wanted('quickbooks')
      ? await serve(world, quickbooks, ports.quickbooks, [...control, ...quirkRoutes(quickbooks.options)])
      : undefined,
  ];
  const mail = wanted('mail') ? await startMailServers({ ...world, ports, control }) : undefined;
  return {
    xeroUrl: started[0]?.url ?? '',
    quickbooksUrl: started[1]?.url ?? '',
    smtpUrl: mail?.smtpUrl ?? '',
    inboxUrl: mail?.inboxUrl ?? '',
    close: async () => {
      const up = [...started, mail].filter((server) => server !== undefined);
      await Promise.all(up.map((server) => server.close()));
    },
  };
}

function serve(world: World, platform: PlatformServer, port = 0, control: Route[]): Promise<ListeningServer> {
  const layers = [world.faults.layer(platform.name), ...platform.layers];
  return listen({ ...platform, layers }, { port, control, clock: world.clock });
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
