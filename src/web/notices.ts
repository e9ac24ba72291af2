import type { App } from '../app.ts';
import { readKillSwitch } from '../cases/index.ts';
import type { PlatformName } from '../domain/index.ts';

/** What the overview shows beside the connections. */
export interface Notices {
  nowMs: number;
  /** Nothing is sent at all until somebody switches it off again. */
  killSwitch: boolean;
  /** Platforms whose keys are set, so that a company can be connected. */
  canConnect: PlatformName[];
}

export async function readNotices(app: App): Promise<Notices> {
  const platforms: PlatformName[] = ['xero', 'quickbooks'];
  return {
    nowMs: app.clock.nowMs(),
    killSwitch: await readKillSwitch(app.store.reader),
    canConnect: platforms.filter((platform) => app.config[platform] !== null),
  };
}
