import { appendAudit } from '../audit/index.ts';
import { findPerson, type Person } from './approval.ts';
import type { CaseDeps } from './change-case.ts';
import { refused } from './changes/refuse.ts';
import { readDecider, readPeople, removePerson, savePerson } from './people/store.ts';
import { writeOrRehearse } from './rehearse.ts';

/**
 * Registers a person (or gives them another role or amount), or takes them off. The first one registers themselves
 * or somebody else; from then on only people who are registered may. Throws PERSON_UNKNOWN and NOT_REGISTERED.
 */
export async function changePerson(
  deps: Omit<CaseDeps, 'policy'>,
  person: Person,
  state: 'present' | 'gone',
  as: string,
): Promise<{ person: Person; by: string }> {
  return writeOrRehearse(deps.store, deps.dryRun ?? false, async (tx) => {
    const atMs = deps.clock.nowMs();
    const by = await readDecider(tx, as);
    const before = findPerson(await readPeople(tx), person.name);
    if (state === 'gone' && before === null)
      throw refused(
        'NOT_REGISTERED',
        `"${person.name}" is not registered.`,
        '`holdfast people list` says who is.',
      );
    // The same person in another spelling keeps the one that the history knows.
    const now =
      state === 'gone' && before !== null ? before : { ...person, name: before?.name ?? person.name };
    await (state === 'gone' ? removePerson : savePerson)(tx, now, { by, atMs });
    await appendAudit(tx, atMs, {
      connectionId: null,
      actor: by,
      action: state === 'gone' ? 'person.removed' : before === null ? 'person.added' : 'person.changed',
      subject: `person ${now.name}`,
      details: { role: now.role, upTo: now.upTo, before },
    });
    return { person: now, by };
  });
}
