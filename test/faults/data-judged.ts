import { readStandings } from '../../src/decisions/index.ts';
import { dayAt, type CustomerId } from '../../src/domain/index.ts';
import type { CustomerFacts } from '../../src/facts/index.ts';
import { readQuarantined } from '../../src/mirror/index.ts';
import { judge, type Judgement } from '../../src/nightly.ts';
import type { World } from '../support/world.ts';

/** What a night concludes from the mirror as it is, computed and not written down. */
export async function judgement(world: World): Promise<Judgement> {
  const connection = await world.connection();
  return judge(world.app, connection, dayAt(world.app.clock.nowMs(), connection.timeZone));
}

/** Facts of one customer by its name. */
export async function factsOf(world: World, name: string): Promise<CustomerFacts> {
  const { day } = await judgement(world);
  const found = day.facts.find((facts) => facts.customer.name === name);
  if (found === undefined) throw new Error(`no facts of ${name}`);
  return found;
}

export function quarantined(world: World) {
  return readQuarantined(world.app.store.reader, world.ids[0]!);
}

/**
 * Everything that was decided of one customer: its standing, intents, holds on the platform, messages received. `id` where
 * the platform has it under another name by now.
 */
export async function decidedOf(world: World, name: string, id = world.staff().idOf(name)) {
  const standings = await readStandings(world.app.store.reader, world.ids[0]!);
  const intents = (await world.intents()).filter((intent) => intent.customerId === id);
  const mails = (await world.inbox()).filter((mail) => mail.recipients[0]?.includes(name.toLowerCase()));
  return {
    standing: standings.get(id as CustomerId)?.standing ?? 'clear',
    intents: intents.map(({ kind, state }) => `${kind} ${state}`).sort(),
    held: world.staff().held().includes(name),
    mails: mails.length,
  };
}

/** What is decided of a customer of whom nothing is to be decided. */
export const NOTHING = { standing: 'clear', intents: [], held: false, mails: 0 };
