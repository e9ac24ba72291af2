import { statSync } from 'node:fs';
import type { App } from '../app.ts';
import type { Policy } from '../policy/index.ts';

/** Where the policy lies and how it is read; an App is one. */
interface PolicyPlace {
  config: Pick<App['config'], 'policyFile'>;
  policy(): Policy;
}

/** The policy in use, parsed again only when its file is another one than before. */
export class PolicyShelf {
  readonly #app: PolicyPlace;
  #kept: { mark: string; policy: Policy } | null = null;

  constructor(app: PolicyPlace) {
    this.#app = app;
  }

  /** Throws POLICY_INVALID and POLICY_UNREADABLE, as long as the file cannot be used. */
  read(): Policy {
    const mark = markOf(this.#app.config.policyFile);
    if (this.#kept?.mark !== mark) this.#kept = { mark, policy: this.#app.policy() };
    return this.#kept.policy;
  }
}

/** Changes with every change of the file, also when it is replaced by one of the same size in the same second. */
function markOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}
