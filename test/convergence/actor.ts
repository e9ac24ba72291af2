import type { RunningEmulator } from '../../emulator/index.ts';
import type { Dice } from './dice.ts';
import { quickBooksClerk } from './quickbooks-clerk.ts';
import type { PlannedCompany, Scenario } from './scenario.ts';
import { xeroClerk } from './xero-clerk.ts';

/** One thing that people do: true when it was possible, false when there was nothing to do it to. */
export type Deed = () => boolean;

/** What the people of one company can do, by name, and how likely each is. */
export interface Clerk {
  deeds: ReadonlyMap<string, { weight: number; deed: Deed }>;
}

/** What every clerk is given. */
export interface ClerkSetting {
  emulator: RunningEmulator;
  company: PlannedCompany;
  dice: Dice;
  silentDeletes: boolean;
}

/** People at work in all companies of a run. They act at the world's present instant, as many at once as they like. */
export class Actor {
  readonly #dice: Dice;
  readonly #clerks: { company: string; clerk: Clerk }[];
  readonly #note: (line: string) => void;
  /** How often each deed was done. */
  readonly done = new Map<string, number>();
  #left = 0;

  constructor(emulator: RunningEmulator, scenario: Scenario, dice: Dice, note: (line: string) => void) {
    this.#dice = dice;
    this.#note = note;
    this.#clerks = scenario.companies.map((company) => {
      const setting = {
        emulator,
        company,
        dice: dice.fork(company.id),
        silentDeletes: scenario.silentDeletes,
      };
      const clerk = company.platform === 'xero' ? xeroClerk(setting) : quickBooksClerk(setting);
      return { company: company.id, clerk };
    });
  }

  /** Edits done so far. */
  get edits(): number {
    return [...this.done.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Gives them so much to do: people who never rest would be faster than any reader of small pages. */
  beginShift(deeds: number): void {
    this.#left = deeds;
  }

  /** Between none and `most` deeds in one instant, in companies of chance. */
  act(most: number): void {
    for (let left = this.#dice.whole(0, most); left > 0 && this.#left > 0; left -= 1) {
      this.#left -= 1;
      const { company, clerk } = this.#dice.pick(this.#clerks);
      this.#do(company, clerk);
    }
  }

  #do(company: string, clerk: Clerk): void {
    const name = this.#choose(clerk);
    const possible = clerk.deeds.get(name)?.deed() === true;
    if (!possible) return;
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    this.#note(`${company}: ${name}`);
  }

  #choose(clerk: Clerk): string {
    const total = [...clerk.deeds.values()].reduce((sum, { weight }) => sum + weight, 0);
    let left = this.#dice.next() * total;
    for (const [name, { weight }] of clerk.deeds) {
      left -= weight;
      if (left < 0) return name;
    }
    throw new Error('a clerk without deeds');
  }
}

/** The later of two days, as 'YYYY-MM-DD'; either may be the beginning of a longer text. */
export function later(one: string, other: string): string {
  const [day, otherDay] = [one.slice(0, 10), other.slice(0, 10)];
  return day > otherDay ? day : otherDay;
}
