import { userInfo } from 'node:os';
import { Option } from 'commander';
import type { App } from '../app.ts';
import { readDecider } from '../cases/index.ts';
import { plain } from './style.ts';

/** --as, for what a person answers for: the name goes into the audit log. */
export function asOption(): Option {
  return new Option('--as <name>', 'who does this, for the audit log (default: your user name)');
}

/** The name to write down. */
export function personName(given: string | undefined): string {
  const name = plain(given ?? '').trim();
  return name === '' ? userInfo().username : name;
}

/** The name to write down, as it is registered. Throws PERSON_UNKNOWN once people are registered and this is none. */
export async function actingPerson(app: App, given: string | undefined): Promise<string> {
  return readDecider(app.store.reader, personName(given));
}
