import { addDays, type CustomerId, type Day } from '../domain/index.ts';
import type { CustomerFacts } from '../facts/index.ts';
import type { Policy } from '../policy/index.ts';
import { dueReminders, type DueReminder, type Episode, type ReminderRecord } from '../reminders/index.ts';

/** One reminder that would have been sent. */
export interface PlayedReminder {
  billTo: CustomerId;
  on: Day;
  step: number;
}

/**
 * The reminders of some customers from day to day, by the product's own ladder. Each that is due counts as sent on
 * its day: windows, addresses in common and people's approval are not played.
 */
export class ReminderChain {
  readonly sent: PlayedReminder[] = [];
  readonly #policy: Policy;
  readonly #excluded: ReadonlySet<CustomerId>;
  readonly #episodes = new Map<CustomerId, Episode>();
  readonly #counts = new Map<CustomerId, number>();
  readonly #history = new Map<CustomerId, ReminderRecord[]>();
  /** Until when nobody is written to again, by bill-to customer. */
  readonly #quietUntil = new Map<CustomerId, Day>();
  /** Days on which that time ends, and a message may be due that was too soon before. */
  readonly #free = new Set<Day>();

  constructor(policy: Policy, excluded: ReadonlySet<CustomerId>) {
    this.#policy = policy;
    this.#excluded = excluded;
  }

  /** Whether a customer is in a dunning episode. */
  get hasEpisodes(): boolean {
    return this.#episodes.size > 0;
  }

  /** Plays a day. */
  play(facts: CustomerFacts[], asOf: Day): void {
    const plan = dueReminders({
      facts,
      policy: this.#policy,
      asOf,
      excluded: this.#excluded,
      episodes: this.#episodes,
      episodeCounts: this.#counts,
      history: this.#history,
    });
    for (const { billTo } of plan.closed) this.#episodes.delete(billTo);
    for (const episode of plan.opened) {
      this.#episodes.set(episode.billTo, episode);
      this.#counts.set(episode.billTo, episode.number);
    }
    for (const until of this.#quietUntil.values()) if (until > asOf) this.#free.add(until);
    for (const due of plan.due) this.#send(due);
  }

  #send({ billTo, episode, step, asOf, daysOverdue }: DueReminder): void {
    const { minimumDaysBetween, steps } = this.#policy.reminders;
    const history = this.#history.get(billTo) ?? [];
    history.push({ billTo, episode, step, asOf, state: 'sent' });
    this.#history.set(billTo, history);
    this.sent.push({ billTo, on: asOf, step });
    const until = addDays(asOf, minimumDaysBetween);
    this.#quietUntil.set(billTo, until);
    // A ladder that begins late has the next step due as soon as it may be.
    if (steps.some((later) => later > step && later <= daysOverdue)) this.#free.add(until);
  }

  /** The first day after `day` on which a message may follow one of before; null = none waits. */
  nextFree(day: Day): Day | null {
    let next: Day | null = null;
    for (const free of this.#free) {
      if (free <= day) this.#free.delete(free);
      else if (next === null || free < next) next = free;
    }
    return next;
  }
}
