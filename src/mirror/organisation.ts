import { companyId } from '../domain/index.ts';
import { companyChanged } from './company-guard.ts';
import { readKnownOrganisation, saveOrganisation } from './connections.ts';
import type { RunWork } from './run-work.ts';

/** Settings (currencies, the platform's own reminders) are read whole at least so often; in between one light call. */
const SETTINGS_AGE_MS = 20 * 3_600_000;

/**
 * The token must still lead to the company that this connection is; its name and zone are taken over. Throws
 * COMPANY_CHANGED.
 */
export async function checkOrganisation({ store, clock, connection, session, run }: RunWork): Promise<void> {
  const { organisation: known, settingsReadAtMs } = await readKnownOrganisation(store.reader, connection.id);
  const ageMs = clock.nowMs() - settingsReadAtMs;
  const isRecent = ageMs >= 0 && ageMs < SETTINGS_AGE_MS;
  const light = isRecent && run.mode !== 'full';
  const organisation = await session.readOrganisation(
    // Which company it is, the session itself knows best.
    light ? { ...known, companyId: companyId('') } : undefined,
  );
  if (organisation.baseCurrency !== known.baseCurrency) {
    throw companyChanged(
      `${connection.name} kept its books in ${known.baseCurrency}; the platform now says ${organisation.baseCurrency}.`,
    );
  }
  const readAtMs = light ? settingsReadAtMs : clock.nowMs();
  await store.write((tx) => saveOrganisation(tx, connection.id, organisation, readAtMs));
}
