import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transport } from '../../connectors/kit/exchange.ts';
import { startEmulator, type RunningEmulator } from '../../emulator/index.ts';
import { realmOf } from '../../emulator/quickbooks/from-book.ts';
import { tenantId } from '../../emulator/xero/ids.ts';
import { parseConfig, type Config } from '../../src/config.ts';
import { beginConnect, completeConnect } from '../../src/connect.ts';
import { PlatformError, type ConnectionId, type PlatformName } from '../../src/domain/index.ts';
import { Actor } from './actor.ts';
import { startingBook } from './books.ts';
import { Dice } from './dice.ts';
import { expectedOfQuickBooks } from './expected-quickbooks.ts';
import { expectedOfXero } from './expected-xero.ts';
import type { ExpectedRow } from './expected.ts';
import { Life, never } from './life.ts';
import type { Mistake } from './mistake.ts';
import { RefreshWatch } from './refresh-watch.ts';
import type { PlannedCompany, Scenario } from './scenario.ts';
import { SimulatedTime } from './simulated-time.ts';
import { Trace } from './trace.ts';
import { Trouble } from './trouble.ts';

const CALLBACK = 'http://127.0.0.1:9';
/** A disk in memory where there is one: what is written here need not outlive the run. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** One connection of the run: whose it is, and what its mirror should hold now. */
export interface Connected {
  id: ConnectionId;
  company: PlannedCompany;
  expected: () => ExpectedRow[];
}

/**
 * Both platforms, the people who work on them, the trouble between them and the product, and the product itself, in
 * simulated time. Everything that happens by chance happens at the product's calls.
 */
export class Simulation {
  readonly scenario: Scenario;
  readonly emulator: RunningEmulator;
  readonly time: SimulatedTime;
  readonly actor: Actor;
  readonly trouble: Trouble;
  readonly trace: Trace;
  readonly refreshes = new RefreshWatch();
  readonly #dice: Dice;
  readonly #config: Config;
  readonly #folder: string;
  readonly #mistake: Mistake;
  readonly #overHttp: boolean;
  life: Life;
  connected: Connected[] = [];
  deaths = 0;
  calls = 0;

  /** Starts everything and connects every company. */
  static async start(scenario: Scenario, mistake: Mistake, overHttp: boolean): Promise<Simulation> {
    const dice = new Dice(scenario.seed);
    // The emulator asks for time to pass only once calls are made, and time is the emulator's own clock.
    const late: { time?: SimulatedTime } = {};
    const emulator = await startEmulator({
      nowMs: scenario.startMs,
      xero: booksOf(scenario, 'xero', dice),
      quickbooks: booksOf(scenario, 'quickbooks', dice),
      servers: ['xero', 'quickbooks'],
      inProcess: !overHttp,
      quirks: scenario.quirks,
      limits: scenario.limits,
      webhookTicks: 'manual',
      sleep: async (ms) => late.time?.sleep(ms),
    });
    const time = new SimulatedTime(emulator.clock, scenario.startMs);
    late.time = time;
    const simulation = new Simulation(scenario, mistake, { emulator, time, dice, overHttp });
    await simulation.#connectAll();
    return simulation;
  }

  private constructor(
    scenario: Scenario,
    mistake: Mistake,
    parts: { emulator: RunningEmulator; time: SimulatedTime; dice: Dice; overHttp: boolean },
  ) {
    const { emulator, time, dice, overHttp } = parts;
    this.scenario = scenario;
    this.emulator = emulator;
    this.time = time;
    this.trace = new Trace();
    this.#dice = dice.fork('calls');
    this.#mistake = mistake;
    this.#overHttp = overHttp;
    this.trouble = new Trouble(emulator, scenario, dice.fork('trouble'), overHttp);
    this.actor = new Actor(emulator, scenario, dice.fork('actor'), (line) => this.#note(line));
    this.#folder = mkdtempSync(join(FOLDER, 'holdfast-converge-'));
    this.#config = parseConfig({
      ...emulator.env(),
      ...scenario.settings,
      HOLDFAST_DATA_DIR: join(this.#folder, 'data'),
      HOLDFAST_KEY_FILE: join(this.#folder, 'holdfast.key'),
      HOLDFAST_BASE_URL: CALLBACK,
      HOLDFAST_LOG: 'silent',
    });
    this.life = this.#beginLife(0);
  }

  /** The product's database file. */
  get databaseFile(): string {
    return this.#config.databaseFile;
  }

  /** Goes on in a new process after the old one died. */
  async rise(): Promise<void> {
    this.deaths += 1;
    this.#note('the product died and was started again');
    const { skewMs } = this.life.clock;
    await this.life.bury();
    this.refreshes.forget();
    this.life = this.#beginLife(skewMs);
  }

  /** The user goes through the consent of a company's platform (again). */
  async consent(company: PlannedCompany): Promise<ConnectionId[]> {
    const wasQuiet = this.trouble.isQuiet;
    this.trouble.quiet();
    const { platform } = company;
    if (platform === 'quickbooks') this.emulator.consent.quickbooks.companies = [remoteIdOf(company)];
    try {
      const ids = await this.#goThroughConsent(platform).catch(async (error: unknown) => {
        // A connection that a fault had broken is noticed by the next call on it. A user who sees that tries again.
        if (!(error instanceof PlatformError) || error.code !== 'PLATFORM_CONNECTION_LOST') throw error;
        return this.#goThroughConsent(platform);
      });
      this.#note(`consent for ${company.id}`);
      return ids;
    } finally {
      if (!wasQuiet) this.trouble.trouble();
    }
  }

  async #goThroughConsent(platform: PlatformName): Promise<ConnectionId[]> {
    const { app } = this.life;
    let at = await beginConnect(app, platform);
    while (!at.startsWith(CALLBACK)) {
      const reply = await this.emulator.fetch(at, { redirect: 'manual' });
      at = new URL(reply.headers.get('location') ?? '', at).href;
    }
    return completeConnect(app, platform, at);
  }

  /** Sets the product's clock wrong, or right again. */
  setSkew(ms: number): void {
    this.life.clock.skewMs = ms;
    this.#note(`the product's clock is ${ms} ms ahead`);
  }

  /** Lets time pass between syncs. */
  pass(ms: number): void {
    this.time.pass(ms);
  }

  async close(): Promise<void> {
    await this.life.app.close();
    await this.emulator.close();
    rmSync(this.#folder, { recursive: true });
  }

  async #connectAll(): Promise<void> {
    this.trouble.quiet();
    const xero = this.scenario.companies.filter((company) => company.platform === 'xero');
    const others = this.scenario.companies.filter((company) => company.platform !== 'xero');
    const first = xero[0];
    if (first !== undefined) {
      const ids = await this.consent(first);
      this.connected.push(...xero.map((company, at) => this.#connection(ids[at], company)));
    }
    for (const company of others) {
      const [id] = await this.consent(company);
      this.connected.push(this.#connection(id, company));
    }
    this.trouble.trouble();
  }

  #connection(id: ConnectionId | undefined, company: PlannedCompany): Connected {
    if (id === undefined) throw new Error(`${company.id} was not connected`);
    const { state } = this.emulator;
    const remote = remoteIdOf(company);
    const direction = this.emulator.quirks.currencyRateDirection;
    const expected = (): ExpectedRow[] =>
      company.platform === 'xero'
        ? expectedOfXero(state, remote, direction)
        : expectedOfQuickBooks(state, remote);
    return { id, company, expected };
  }

  #beginLife(skewMs: number): Life {
    const rowsPerReply = this.#mistake.rowsPerReply ?? this.scenario.rowsPerReply;
    const transport = (life: Life): Transport => {
      const carry: Transport = this.#overHttp
        ? (request) => fetch(request)
        : (request) => this.emulator.fetch(request);
      const mistaken = this.#mistake.transport?.(carry, this) ?? carry;
      return (request) => this.#call(life, mistaken, request);
    };
    return new Life(this.#config, this.time, { transport, rowsPerReply, skewMs });
  }

  /** One call of the product, with what happens around it. */
  async #call(life: Life, carry: Transport, request: Request): Promise<Response> {
    if (!life.alive) return never();
    this.calls += 1;
    const line = describe(request, this.emulator);
    this.#happen(life);
    if (!life.alive) return never();
    const { server, isToken } = line;
    const family = this.trouble.declareFor({ server, isToken });
    const refresh = isToken ? this.refreshes.begin(new URLSearchParams(await request.clone().text())) : null;
    try {
      const response = await carry(request);
      this.#note(`${line.text} → ${response.status}${family === null ? '' : ` (${family})`}`);
      this.#happen(life);
      if (!life.alive) {
        // What it was still reading is closed by the system.
        await response.body?.cancel();
        return await never();
      }
      if (refresh !== null && family === null && response.ok) refresh.arrived(await refreshTokenIn(response));
      return response;
    } catch (error) {
      this.#note(`${line.text} failed${family === null ? '' : ` (${family})`}`);
      throw error;
    } finally {
      refresh?.end();
    }
  }

  /** Before and after a call: time passes, people work, clocks jump, processes die. */
  #happen(life: Life): void {
    this.time.pass(this.#dice.whole(5, 400));
    if (this.#dice.chance(this.scenario.editChance) && !this.trouble.isQuiet) this.actor.act(3);
    if (this.trouble.strikes('long sleeps', 0.01)) this.time.pass(this.#dice.whole(20, 150) * 60_000);
    if (this.trouble.strikes('clock jumps', 0.02)) this.setSkew(this.#dice.whole(-26 * 60, 26 * 60) * 60_000);
    if (this.trouble.strikes('process deaths', 0.03)) life.die();
  }

  #note(line: string): void {
    this.trace.note(`${this.time.nowMs() - this.scenario.startMs} ${line}`);
  }
}

function booksOf(scenario: Scenario, platform: PlatformName, dice: Dice) {
  return scenario.companies
    .filter((company) => company.platform === platform)
    .map((company) => startingBook(company, dice.fork(`book ${company.id}`)));
}

function remoteIdOf({ id, platform }: PlannedCompany): string {
  if (platform === 'xero') return tenantId(id);
  return realmOf({ id, name: '', baseCurrency: 'GBP', timeZone: '', country: '', multiCurrency: false });
}

interface CallLine {
  server: 'xero' | 'quickbooks';
  isToken: boolean;
  /** What is the same whenever the seed is. */
  text: string;
}

function describe(request: Request, emulator: RunningEmulator): CallLine {
  const url = new URL(request.url);
  const server = url.origin === emulator.xeroUrl ? 'xero' : 'quickbooks';
  const since = request.headers.get('if-modified-since') ?? '';
  const tenant = request.headers.get('xero-tenant-id')?.slice(0, 4) ?? '';
  // Ids of consents are drawn by lot outside of the dice.
  url.searchParams.delete('authEventId');
  const text = `${request.method} ${decodeURIComponent(url.pathname + url.search)} ${since} ${tenant}`;
  return { server, isToken: url.pathname.includes('/token'), text };
}

async function refreshTokenIn(response: Response): Promise<string> {
  const body = (await response.clone().json()) as { refresh_token?: string };
  return body.refresh_token ?? '';
}
