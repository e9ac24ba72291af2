import { appendAudit } from '../audit/index.ts';
import { newApiKey, type ApiScope } from './api-key.ts';
import type { CaseDeps } from './change-case.ts';
import { refused } from './changes/refuse.ts';
import { nameKey } from './name-key.ts';
import { readApiKeys, readDecider, revokeApiKey, saveApiKey, type ApiKey } from './people/store.ts';
import { writeOrRehearse } from './rehearse.ts';

type Deps = Omit<CaseDeps, 'policy'>;

/**
 * Makes a key for a program. The answer has the key itself, which is kept nowhere: whoever loses it makes another.
 * Throws KEY_NAME_TAKEN, PERSON_UNKNOWN.
 */
export async function createApiKey(
  deps: Deps,
  wish: { name: string; scopes: ApiScope[]; expiresAtMs: number | null },
  as: string,
): Promise<{ key: string; id: string; by: string }> {
  return writeOrRehearse(deps.store, deps.dryRun ?? false, async (tx) => {
    const atMs = deps.clock.nowMs();
    const by = await readDecider(tx, as);
    const isTaken = (await readApiKeys(tx)).some(
      (key) => key.revokedAtMs === null && nameKey(key.name) === nameKey(wish.name),
    );
    if (isTaken)
      throw refused(
        'KEY_NAME_TAKEN',
        `There is a key called "${wish.name}" already.`,
        'Revoke it, or choose another name.',
      );
    const made = newApiKey();
    await saveApiKey(tx, made, wish, { by, atMs });
    await auditKey(tx, atMs, by, 'key.created', { id: made.id, name: wish.name, scopes: wish.scopes });
    return { key: made.key, id: made.id, by };
  });
}

/** Ends a key, by its name or its id, for good. Throws KEY_UNKNOWN, PERSON_UNKNOWN. */
export async function endApiKey(deps: Deps, asked: string, as: string): Promise<{ key: ApiKey; by: string }> {
  return writeOrRehearse(deps.store, deps.dryRun ?? false, async (tx) => {
    const atMs = deps.clock.nowMs();
    const by = await readDecider(tx, as);
    const live = (await readApiKeys(tx)).filter((key) => key.revokedAtMs === null);
    const key = live.find((one) => one.id === asked || nameKey(one.name) === nameKey(asked));
    if (key === undefined)
      throw refused(
        'KEY_UNKNOWN',
        `No key that is in use is called "${asked}".`,
        '`holdfast keys list` shows them.',
      );
    await revokeApiKey(tx, key.id, { by, atMs });
    await auditKey(tx, atMs, by, 'key.revoked', { id: key.id, name: key.name, scopes: key.scopes });
    return { key, by };
  });
}

async function auditKey(
  tx: Parameters<typeof appendAudit>[0],
  atMs: number,
  actor: string,
  action: string,
  details: { id: string; name: string; scopes: ApiScope[] },
): Promise<void> {
  await appendAudit(tx, atMs, { connectionId: null, actor, action, subject: `key ${details.id}`, details });
}
