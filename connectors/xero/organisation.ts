import { HoldfastError, PlatformError, type Organisation } from '../../src/domain/index.ts';
import { badReply } from '../kit/errors.ts';
import type { Http } from '../kit/http.ts';
import { RowFault, textAt } from '../kit/rows.ts';
import { fieldOf } from './endpoints.ts';
import { mapOrganisation } from './map.ts';

/**
 * The organisations that each tenant id led to, while this process lives. Xero does not say how the two ids relate, so
 * that they are the same is not taken for granted; but one tenant leads to one organisation, and no two to the same.
 */
export class KnownOrganisations {
  readonly #byTenant = new Map<string, string>();

  /** Throws COMPANY_CHANGED when this tenant led elsewhere before, or another one leads to the same organisation. */
  check(tenantId: string, organisationId: string): void {
    const before = this.#byTenant.get(tenantId) ?? organisationId;
    const taken = [...this.#byTenant].some(([tenant, id]) => id === organisationId && tenant !== tenantId);
    if (before !== organisationId || taken) {
      throw new HoldfastError(
        'COMPANY_CHANGED',
        'Xero answered for another organisation than the one that is connected.',
        { kind: 'state', hint: 'Connect the organisation again.' },
      );
    }
    this.#byTenant.set(tenantId, organisationId);
  }
}

/**
 * GET /Organisation, and without `known` two settings of it that have calls of their own. `tenantId` is '' for a
 * custom connection, whose organisation is told by its own id.
 */
export async function readOrganisation(
  http: Http,
  tenantId: string,
  seen: KnownOrganisations,
  known?: Organisation,
): Promise<Organisation> {
  const reply = await read(http, '/api.xro/2.0/Organisation');
  const rows = fieldOf(reply.json, 'Organisations');
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  if (row === undefined) throw badReply('GET /Organisation', 'it holds no organisation', reply.status);
  const id = textAt(row, 'OrganisationID');
  if (id !== '') seen.check(tenantId === '' ? (known?.companyId ?? id) : tenantId, id);
  const extras = known ?? (await readSettings(http));
  const { multiCurrency, ownReminders } = extras;
  try {
    return mapOrganisation(row, tenantId, { multiCurrency, ownReminders });
  } catch (error) {
    throw error instanceof RowFault ? badReply('GET /Organisation', error.message) : error;
  }
}

async function readSettings(http: Http): Promise<Pick<Organisation, 'multiCurrency' | 'ownReminders'>> {
  const actions = await optional(http, '/api.xro/2.0/Organisation/Actions');
  const reminders = await optional(http, '/api.xro/2.0/InvoiceReminders/Settings');
  const multi = listOf(actions, 'Actions').find((action) => textAt(action, 'Name') === 'UseMulticurrency');
  const setting = listOf(reminders, 'InvoiceReminders')[0];
  return {
    // Where it cannot be asked, several currencies are expected.
    multiCurrency: actions === null || textAt(multi, 'Status') === 'ALLOWED',
    ownReminders: reminders === null ? null : fieldOf(setting, 'Enabled') === true,
  };
}

/** A small settings reply; null when this consent or tier may not ask. */
async function optional(http: Http, path: string): Promise<unknown> {
  try {
    return (await read(http, path)).json;
  } catch (error) {
    const missing = ['PLATFORM_NOT_FOUND', 'PLATFORM_FORBIDDEN', 'PLATFORM_REFUSED'];
    if (error instanceof PlatformError && missing.includes(error.code)) return null;
    throw error;
  }
}

const read = (http: Http, path: string): ReturnType<Http['send']> =>
  http.send({ method: 'GET', path, kind: 'read', purpose: 'bulk', expect: 'json' });

function listOf(value: unknown, key: string): unknown[] {
  const list = fieldOf(value, key);
  return Array.isArray(list) ? list : [];
}
