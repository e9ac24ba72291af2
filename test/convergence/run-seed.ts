import { HoldfastError } from '../../src/domain/index.ts';
import { readConnection, readLastRun, readQuarantined, syncConnection } from '../../src/mirror/index.ts';
import type { SyncOptions } from '../../src/mirror/index.ts';
import { differences, readMirror } from './compare.ts';
import { Dice } from './dice.ts';
import { withLateDuplicates } from './late-duplicates.ts';
import { noMistake, type Mistake } from './mistake.ts';
import { drawScenario, type Family, type Scenario } from './scenario.ts';
import { Simulation, type Connected } from './simulation.ts';

export interface SeedOptions {
  /** Over ports instead of within the process. */
  http?: boolean;
  mistake?: Mistake;
}

/** What became of a seed. */
export interface SeedReport {
  seed: number;
  http: boolean;
  /** Empty when the mirror was right. */
  problems: string[];
  syncs: number;
  resumed: number;
  deaths: number;
  calls: number;
  edits: number;
  rows: number;
  fired: ReadonlyMap<Family, number>;
  /** Hash of everything that happened; the same seed has the same one. */
  trace: string;
  /** The last lines of what happened. */
  lines: readonly string[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** More are of no use to whoever reads them. */
const MAX_PROBLEMS = 12;

/** Runs one seed from the first consent to the third quiet cycle and says what was wrong, if anything. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedReport> {
  const { http = false, mistake = noMistake } = options;
  const scenario = drawScenario(seed, mistake.fixed);
  const simulation = await Simulation.start(scenario, mistake, http);
  try {
    const run = new SeedRun(simulation, scenario, mistake);
    await run.troubled();
    await run.quiet();
    return run.report(http);
  } finally {
    await simulation.close();
  }
}

class SeedRun {
  readonly #simulation: Simulation;
  readonly #scenario: Scenario;
  readonly #mistake: Mistake;
  readonly #dice: Dice;
  readonly #problems: string[] = [];
  /** When each run was first begun, by connection and number. */
  readonly #begun = new Map<string, number>();
  #syncs = 0;
  #resumed = 0;
  #rows = 0;

  constructor(simulation: Simulation, scenario: Scenario, mistake: Mistake) {
    this.#simulation = simulation;
    this.#scenario = scenario;
    this.#mistake = mistake;
    this.#dice = new Dice(scenario.seed).fork('rounds');
  }

  /** Rounds of syncs while everything goes on around them. */
  async troubled(): Promise<void> {
    for (let round = 0; round < this.#scenario.rounds && !this.#isBroken(); round += 1) {
      const full = this.#dice.chance(0.15);
      this.#simulation.actor.beginShift(this.#dice.pick([6, 20, 60]));
      await this.#round({ ...(full ? { full: true } : {}), ...this.#mistake.options });
      this.#simulation.pass(this.#dice.pick([1, 7, 60, 600, 26 * 60, 32 * 24 * 60]) * MINUTE_MS);
      this.#simulation.actor.act(6);
    }
  }

  /** Three cycles in which nobody edits and nothing fails; then everything is compared. */
  async quiet(): Promise<void> {
    const { trouble } = this.#simulation;
    trouble.quiet();
    this.#simulation.setSkew(0);
    for (const cycle of [1, 2, 3]) {
      this.#simulation.pass(cycle === 1 ? 25 * 60 * MINUTE_MS : this.#dice.pick([10 * MINUTE_MS, DAY_MS]));
      const sweep: SyncOptions = cycle === 2 ? { sweep: 'now' } : {};
      if (!this.#isBroken()) await this.#round({ ...sweep, ...this.#mistake.options }, cycle > 1);
    }
    if (!this.#isBroken()) for (const one of this.#simulation.connected) await this.#compareAll(one);
    this.#problems.push(...this.#simulation.refreshes.problems);
  }

  report(http: boolean): SeedReport {
    const { actor, trouble, trace, calls, deaths } = this.#simulation;
    return {
      seed: this.#scenario.seed,
      http,
      problems: this.#problems.slice(0, MAX_PROBLEMS),
      syncs: this.#syncs,
      resumed: this.#resumed,
      deaths,
      calls,
      edits: actor.edits,
      rows: this.#rows,
      fired: trouble.fired,
      lines: [...trace.lines()],
      trace: trace.digest(),
    };
  }

  #isBroken(): boolean {
    return this.#problems.length > 0;
  }

  async #round(options: SyncOptions, mustSucceed = false): Promise<void> {
    const { connected } = this.#simulation;
    const ordered = this.#dice.some(connected, connected.length);
    if (this.#scenario.atOnce) await this.#sync(ordered, options, mustSucceed);
    else for (const one of ordered) await this.#sync([one], options, mustSucceed);
  }

  /** Syncs these at once; a death ends all of them. */
  async #sync(these: Connected[], options: SyncOptions, mustSucceed: boolean): Promise<void> {
    const { life, time } = this.#simulation;
    const beganMs = time.nowMs();
    const all = Promise.all(these.map((one) => this.#syncOne(one, options).then(null, failureOf)));
    const failures = await Promise.race([all, life.death.then(() => null)]);
    this.#syncs += these.length;
    time.forgetDeadlines();
    if (failures === null) await this.#simulation.rise();
    for (const [at, one] of these.entries()) {
      const failure = failures?.[at] ?? null;
      if (failure !== null) this.#judge(one, failure, mustSucceed);
      await this.#after(one, beganMs, failures !== null && failure === null);
    }
  }

  async #syncOne({ id }: Connected, options: SyncOptions): Promise<null> {
    const { app } = this.#simulation.life;
    const connection = await readConnection(app.store.reader, id);
    const opened =
      (await this.#mistake.openSession?.(connection, this.#simulation)) ??
      (await app.openSession(connection));
    const session = withLateDuplicates(opened, this.#simulation.trouble);
    const wrapped = this.#mistake.session?.(session, this.#simulation) ?? session;
    const store = this.#mistake.store?.(app.store) ?? app.store;
    await syncConnection(store, app.clock, connection, wrapped, options);
    return null;
  }

  /** A sync may fail in trouble, but only with an error that the product means. */
  #judge({ company }: Connected, failure: Error, mustSucceed: boolean): void {
    this.#simulation.trace.note(`${company.id}: ${codeOf(failure)}`);
    if (mustSucceed || !(failure instanceof HoldfastError)) {
      this.#problems.push(`${company.id}: the sync failed: ${failure.stack ?? failure.message}`);
    }
  }

  async #after(one: Connected, beganMs: number, published: boolean): Promise<void> {
    const { app } = this.#simulation.life;
    const run = await readLastRun(app.store.reader, one.id);
    if (run !== null) {
      const key = `${one.id} ${run.number}`;
      if (this.#begun.has(key) && published) this.#resumed += 1;
      else if (!this.#begun.has(key)) this.#begun.set(key, beganMs);
      if (published && this.#isOrderly(one))
        await this.#comparePublished(one, this.#begun.get(key) ?? beganMs, run.state);
    }
    const { state } = await readConnection(app.store.reader, one.id);
    if (state !== 'active') await this.#consentAgain(one);
  }

  /** A user who is told that the day's calls are used up goes through the consent another day. */
  async #consentAgain({ company }: Connected): Promise<void> {
    try {
      await this.#simulation.consent(company);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'PLATFORM_DAY_LIMIT') throw error;
      this.#simulation.trace.note(`${company.id}: no consent today`);
    }
  }

  /** Where filters by time have no effect pages can only be counted, and a row that slips past is the sweep's. */
  #isOrderly({ company }: Connected): boolean {
    const { quirks, quickbooksQuirks } = this.#simulation.emulator;
    return company.platform === 'xero'
      ? !quirks.modifiedSinceIgnored
      : !quickbooksQuirks.lastUpdatedTimeIgnored;
  }

  /** A published run holds at least what stood when it began and was not touched since. */
  async #comparePublished(one: Connected, beganMs: number, state: string): Promise<void> {
    const grainMs = 60_000;
    const changedBeforeMs = Math.floor(beganMs / grainMs) * grainMs;
    const mirror = readMirror(this.#simulation.databaseFile, one.id);
    const expected = one.expected().filter((row) => !row.gone);
    const found = differences(mirror, expected, { changedBeforeMs });
    if (state !== 'published') found.unshift(`the run is "${state}" after a sync that went well`);
    this.#problems.push(...found.map((line) => `${one.company.id}, after a published run: ${line}`));
  }

  async #compareAll(one: Connected): Promise<void> {
    const { app } = this.#simulation.life;
    const mirror = readMirror(this.#simulation.databaseFile, one.id);
    this.#rows += mirror.size;
    this.#simulation.trace.note(JSON.stringify([...mirror].sort()));
    const found = differences(mirror, one.expected());
    const quarantined = await readQuarantined(app.store.reader, one.id);
    found.push(...quarantined.map((row) => `${row.kind} ${row.remoteId} lies in quarantine: ${row.reason}`));
    const run = await readLastRun(app.store.reader, one.id);
    if (run?.state !== 'published') found.push(`the last run is "${run?.state ?? 'none'}"`);
    const stuck = app.store.inspect().faults;
    this.#problems.push(...[...found, ...stuck].map((line) => `${one.company.id}, at the end: ${line}`));
  }
}

const failureOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const codeOf = (error: Error): string => (error instanceof HoldfastError ? error.code : error.message);
