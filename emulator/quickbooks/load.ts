import { addCompany } from '../core/companies.ts';
import type { World } from '../core/control.ts';
import type { NativeCompany } from './native.ts';

/**
 * Loads a company's records, streaming, and registers it. Returns its realm. Give `quickBooksCompany` and the
 * server the same options.
 */
export function loadQuickBooksCompany(world: Pick<World, 'state'>, native: NativeCompany): string {
  world.state.putAll(native.realm, native.rows());
  const served = { platform: 'quickbooks', remoteId: native.realm, company: native.company };
  addCompany(world.state, served, native.limits());
  return native.realm;
}
