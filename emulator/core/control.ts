import type { WorldClock } from './clock.ts';
import { limitsCsv } from './companies.ts';
import type { Effects } from './effects.ts';
import type { Fault, Faults } from './faults.ts';
import { json, jsonBody, text } from './http.ts';
import type { EmulatorRequest, Reply, Route } from './http.ts';
import type { WorldState } from './state.ts';

/** What all servers of one emulator share. */
export interface World {
  state: WorldState;
  clock: WorldClock;
  effects: Effects;
  faults: Faults;
}

/** The instant as every control answer states it. */
export interface ClockReading {
  nowMs: number;
  iso: string;
  offsetMs: number;
}

/** Reads the world's clock. */
export function readClock(clock: WorldClock): ClockReading {
  const nowMs = clock.nowMs();
  return { nowMs, iso: new Date(nowMs).toISOString(), offsetMs: clock.offsetMs() };
}

/** Moves the world's clock and keeps the new time with the state. Throws on an instant that is none. */
export function moveClock(world: World, to: { nowMs?: number; iso?: string }): ClockReading {
  const nowMs = to.nowMs ?? Date.parse(to.iso ?? '');
  if (!Number.isFinite(nowMs)) throw new Error('give nowMs or iso');
  world.clock.set(nowMs);
  saveClock(world);
  return readClock(world.clock);
}

/** Keeps the world's time with the state, so that a restart resumes there. */
export function saveClock(world: World): void {
  world.state.setValue('clock', { nowMs: world.clock.nowMs() });
}

/** `/_emulator/*`: what tests and the demo do to the world behind the product's back. Never behind a fault. */
export function controlRoutes(world: World): Route[] {
  const { state, clock, effects, faults } = world;
  return [
    route('GET', 'ledger', (request) => json(200, effects.list(request.query.get('kind') ?? undefined))),
    route('GET', 'clock', () => json(200, readClock(clock))),
    route('POST', 'clock', (request) => tried(() => moveClock(world, jsonBody(request) as ClockReading))),
    route('GET', 'faults', () => json(200, faults.list())),
    route('POST', 'faults', (request) => tried(() => ({ id: faults.add(jsonBody(request) as Fault) }))),
    route('DELETE', 'faults', (request) => clearFaults(faults, request)),
    route('GET', 'limits', (request) =>
      text(200, limitsCsv(state, request.query.get('company') ?? ''), 'text/csv'),
    ),
  ];
}

/** `/_emulator/quirks`: reads and changes the unconfirmed behaviour of a running platform. */
export function quirkRoutes(quirks: object): Route[] {
  return [
    route('GET', 'quirks', () => json(200, quirks)),
    route('POST', 'quirks', (request) => json(200, Object.assign(quirks, jsonBody(request)))),
  ];
}

function route(method: string, name: string, handler: (request: EmulatorRequest) => Reply): Route {
  return { method, pattern: `/_emulator/${name}`, handler };
}

function clearFaults(faults: Faults, request: EmulatorRequest): Reply {
  const id = request.query.get('id');
  faults.clear(id === null ? undefined : Number(id));
  return { status: 204 };
}

function tried(action: () => unknown): Reply {
  try {
    return json(200, action());
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}
