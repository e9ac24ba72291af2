import type { ConnectionId, CustomerId, Day } from '../domain/index.ts';
import type { Reader, Tx } from '../store/index.ts';
import type { Episode, DueReminder } from './due-reminders.ts';
import type { ReminderRecord } from './ladder.ts';

/** What the ladder needs to know of the past. */
export interface ReminderPast {
  episodes: Map<CustomerId, Episode>;
  episodeCounts: Map<CustomerId, number>;
  history: Map<CustomerId, ReminderRecord[]>;
}

export async function readReminderPast(reader: Reader, id: ConnectionId): Promise<ReminderPast> {
  const episodes = await reader
    .selectFrom('dunning_episode')
    .selectAll()
    .where('connection_id', '=', id)
    .execute();
  const rows = await reader
    .selectFrom('reminder')
    .selectAll()
    .where('connection_id', '=', id)
    .orderBy('id')
    .execute();
  const past: ReminderPast = { episodes: new Map(), episodeCounts: new Map(), history: new Map() };
  for (const row of episodes) {
    const billTo = row.bill_to as CustomerId;
    past.episodeCounts.set(billTo, Math.max(past.episodeCounts.get(billTo) ?? 0, row.number));
    if (row.closed_on === null)
      past.episodes.set(billTo, { billTo, number: row.number, openedOn: row.opened_on as Day });
  }
  for (const row of rows) {
    const billTo = row.bill_to as CustomerId;
    const list = past.history.get(billTo) ?? [];
    list.push({
      billTo,
      episode: row.episode,
      step: row.step,
      asOf: row.as_of as Day,
      state: row.state as ReminderRecord['state'],
    });
    past.history.set(billTo, list);
  }
  return past;
}

/** Opens and closes dunning episodes as the plan says. */
export async function saveEpisodes(
  tx: Tx,
  id: ConnectionId,
  opened: Episode[],
  closed: Episode[],
  asOf: Day,
): Promise<void> {
  for (const episode of opened) {
    await tx
      .insertInto('dunning_episode')
      .values({
        connection_id: id,
        bill_to: episode.billTo,
        number: episode.number,
        opened_on: episode.openedOn,
        closed_on: null,
      })
      .execute();
  }
  for (const episode of closed) {
    await tx
      .updateTable('dunning_episode')
      .set({ closed_on: asOf })
      .where('connection_id', '=', id)
      .where('bill_to', '=', episode.billTo)
      .where('number', '=', episode.number)
      .execute();
  }
}

/**
 * Takes the one row that a step of an episode can have. Returns its id, or null when the step already happened or
 * is under way: the database itself refuses a second.
 */
export async function claimStep(tx: Tx, id: ConnectionId, due: DueReminder): Promise<number | null> {
  const row = { as_of: due.asOf, state: 'planned' };
  const claimed = await tx
    .insertInto('reminder')
    .values({ connection_id: id, bill_to: due.billTo, episode: due.episode, step: due.step, ...row })
    .onConflict((conflict) =>
      conflict
        .columns(['connection_id', 'bill_to', 'episode', 'step'])
        .doUpdateSet(row)
        .where('reminder.state', 'in', ['superseded', 'expired']),
    )
    .returning('id')
    .executeTakeFirst();
  return claimed?.id ?? null;
}

export async function setReminderState(
  tx: Tx,
  reminderId: number,
  state: ReminderRecord['state'],
): Promise<void> {
  await tx.updateTable('reminder').set({ state }).where('id', '=', reminderId).execute();
}

/**
 * Claims all addresses of a message for a local day, or none. False when another message of the day has one of them:
 * one message per address and day, whoever the customer is.
 */
export async function claimAddresses(
  tx: Tx,
  id: ConnectionId,
  addresses: string[],
  day: Day,
  reminderId: number,
): Promise<boolean> {
  const wanted = [...new Set(addresses.map((address) => address.toLowerCase()))];
  if (wanted.length === 0) return true;
  const held = await tx
    .selectFrom('reminder_address_day')
    .select(['address', 'reminder_id'])
    .where('connection_id', '=', id)
    .where('day', '=', day)
    .where('address', 'in', wanted)
    .execute();
  if (held.some((row) => row.reminder_id !== reminderId)) return false;
  await tx
    .insertInto('reminder_address_day')
    .values(wanted.map((address) => ({ connection_id: id, address, day, reminder_id: reminderId })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return true;
}
