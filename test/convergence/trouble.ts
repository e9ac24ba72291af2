import type { Fault } from '../../emulator/core/faults.ts';
import type { RunningEmulator } from '../../emulator/index.ts';
import {
  maintenancePage,
  quickBooksFault,
  quickBooksTooMany,
  xeroTooMany,
} from '../../emulator/ready-faults.ts';
import type { Dice } from './dice.ts';
import { FAMILIES } from './scenario.ts';
import type { Family, Scenario } from './scenario.ts';

/** A call that is about to be made. */
export interface PlannedCall {
  server: 'xero' | 'quickbooks';
  /** Whether it asks for tokens. */
  isToken: boolean;
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** Families that are faults of a reply, and how each is declared; a family that does not fit the call gives none. */
const FAULTS: Partial<Record<Family, (call: PlannedCall, dice: Dice) => Fault | null>> = {
  'rate limits': ({ server, isToken }, dice) => {
    const seconds = dice.pick([undefined, 0, 1, 5, 30, 60, 300]);
    if (isToken) return { status: 429 };
    return server === 'xero'
      ? xeroTooMany(dice.pick(['minute', 'concurrent', 'appminute']), seconds)
      : quickBooksTooMany(seconds);
  },
  'server errors': (_call, dice) => ({ status: dice.pick([500, 502, 503, 504]), times: dice.whole(1, 6) }),
  'maintenance pages': (_call, dice) => {
    const page = maintenancePage(dice.pick([undefined, 30]));
    return dice.chance(0.5) ? page : { ...page, status: 200, headers: HTML };
  },
  'quickbooks faults': ({ server, isToken }, dice) =>
    server === 'quickbooks' && !isToken
      ? quickBooksFault(dice.pick(['json', 'gateway', 'xml', 'http-200'] as const))
      : null,
  'faults in a 200': ({ isToken }, dice) =>
    isToken ? null : { status: 200, body: dice.pick<unknown>(['', {}, [], null, { QueryResponse: null }]) },
  'cut bodies': (_call, dice) => ({ cutAtByte: dice.whole(0, dice.pick([10, 1_000, 100_000])) }),
  resets: (_call, dice) => (dice.chance(0.5) ? { reset: true } : { status: 500, reset: true }),
  'slow replies': (_call, dice) =>
    dice.chance(0.5)
      ? { delayMs: dice.pick([500, 40_000, 200_000]) }
      : { dripBytesPerSecond: dice.pick([400, 20_000]) },
  'rejected tokens': ({ server, isToken }) => (isToken ? null : rejected(server)),
  'lost refreshes': ({ isToken }) => (isToken ? { cutAtByte: 0 } : null),
  'day limits': ({ server, isToken }, dice) =>
    server === 'xero' && !isToken ? xeroTooMany('day', dice.pick([600, 3_600, 86_400])) : null,
};

function rejected(server: PlannedCall['server']): Fault {
  if (server === 'quickbooks') return quickBooksFault('gateway');
  return { status: 401, body: { Title: 'Unauthorized', Detail: 'TokenExpired' } };
}

/** Declares faults at the emulator, call by call, out of the families that are on. */
export class Trouble {
  readonly #emulator: RunningEmulator;
  readonly #scenario: Scenario;
  readonly #dice: Dice;
  /** How often each family struck. */
  readonly fired = new Map<Family, number>(FAMILIES.map((family) => [family, 0]));
  readonly #overHttp: boolean;
  isQuiet = false;

  constructor(emulator: RunningEmulator, scenario: Scenario, dice: Dice, overHttp: boolean) {
    this.#overHttp = overHttp;
    this.#emulator = emulator;
    this.#scenario = scenario;
    this.#dice = dice;
  }

  /** Whether a family strikes now, with a chance of its own. */
  strikes(family: Family, chance: number): boolean {
    const struck = this.#dice.chance(chance);
    if (!struck || this.isQuiet || !this.#scenario.families.has(family)) return false;
    this.count(family);
    return true;
  }

  count(family: Family): void {
    this.fired.set(family, (this.fired.get(family) ?? 0) + 1);
  }

  /** Declares the fault of the next call, if it is to have one. Returns its name. */
  declareFor(call: PlannedCall): Family | null {
    // Calls for tokens are rare and worth more trouble.
    const chance = this.#scenario.faultChance * (call.isToken ? 4 : 1);
    const struck = this.#dice.chance(chance);
    const family = this.#dice.pickAny([...this.#scenario.families].filter((one) => one in FAULTS));
    if (!struck || family === undefined || this.isQuiet) return null;
    const fault = FAULTS[family]?.(call, this.#dice) ?? null;
    if (fault === null) return null;
    // Over ports bodies trickle in real time.
    const drip =
      this.#overHttp && fault.dripBytesPerSecond !== undefined ? { dripBytesPerSecond: 200_000 } : {};
    this.#emulator.faults.add({ times: 1, ...fault, ...drip, server: call.server });
    this.count(family);
    return family;
  }

  /** No more trouble, whatever was declared. */
  quiet(): void {
    this.isQuiet = true;
    this.#emulator.faults.clear();
  }

  trouble(): void {
    this.isQuiet = false;
  }
}
