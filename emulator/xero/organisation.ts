import { findCompany, listCompanies } from '../core/companies.ts';
import type { ServedCompany } from '../core/companies.ts';
import type { World } from '../core/control.ts';
import { Rows } from './rows.ts';
import type { XeroQuirks } from './quirks.ts';
import { XeroStore } from './store.ts';

/** One served organisation: its records, its lists. */
export interface Organisation {
  tenant: string;
  served: ServedCompany;
  store: XeroStore;
  rows: Rows;
}

/** The organisations of a world by tenant id; made at first use, since books may be loaded later. */
export class Organisations {
  readonly #world: World;
  readonly #quirks: XeroQuirks;
  readonly #open = new Map<string, Organisation>();

  constructor(world: World, quirks: XeroQuirks) {
    this.#world = world;
    this.#quirks = quirks;
  }

  /** The organisation with this tenant id or book id; undefined when none is served. */
  find(id: string): Organisation | undefined {
    const known = this.#open.get(id);
    if (known) return known;
    const served = findCompany(this.#world.state, id, 'xero');
    if (!served) return undefined;
    const organisation = this.#open.get(served.remoteId) ?? this.#make(served);
    this.#open.set(id, organisation);
    return organisation;
  }

  all(): Organisation[] {
    return listCompanies(this.#world.state, 'xero').flatMap((served) => this.find(served.remoteId) ?? []);
  }

  #make(served: ServedCompany): Organisation {
    const tenant = served.remoteId;
    const store = new XeroStore(this.#world, served, this.#quirks);
    const organisation = { tenant, served, store, rows: new Rows(this.#world.state, tenant) };
    this.#open.set(tenant, organisation);
    return organisation;
  }
}
