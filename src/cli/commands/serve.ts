import type { Command } from 'commander';
import type { App } from '../../app.ts';
import {
  LiveSyncs,
  ProcessWorkshop,
  startHeldKeeper,
  startNoticeKeeper,
  startScheduler,
} from '../../scheduler/index.ts';
import type { RunningWeb } from '../../web/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { asOnlyInstance, type Instance } from '../instance.ts';
import { openWeb } from '../open-web.ts';
import { printJsonLine, printLine, remark } from '../print.ts';
import { untilStopped } from '../until-stopped.ts';

export function serveCommand(): Command {
  return command(
    'serve',
    'the overview, the OAuth callback, the nights and the dispatch windows, until it is stopped',
  ).action(async (options: CommonOptions) => {
    const stopped = untilStopped();
    await withApp((app) => asOnlyInstance(app, (instance) => serve(app, instance, stopped, options)));
  });
}

async function serve(
  app: App,
  instance: Instance,
  stopped: Promise<NodeJS.Signals>,
  options: CommonOptions,
): Promise<void> {
  const live = new LiveSyncs();
  const keeper = startNoticeKeeper(app);
  let web: RunningWeb;
  try {
    web = await openWeb(app, { liveOf: (id) => live.of(id), onNotice: (platform) => keeper.kick(platform) });
  } catch (error) {
    await keeper.stop();
    throw error;
  }
  // Nights and dispatches have processes of their own: whatever becomes of them, the pages go on.
  const scheduler = startScheduler(app, {
    workshop: new ProcessWorkshop(app, live.listener),
    mayBegin: () => instance.assertOnly(),
    onOutcome: ({ id }) => live.forget(id),
  });
  const held = startHeldKeeper(app);
  if (options.json) printJsonLine({ url: web.url, baseUrl: app.config.baseUrl, dataDir: app.config.dataDir });
  else printLine(`Holdfast is at ${web.url} (data in ${app.config.dataDir}). Ctrl-C stops it.`);
  // What became due while nobody served is done now, not at the next full minute.
  void scheduler.tick();
  try {
    const signal = await Promise.race([stopped, instance.lost]);
    remark(`${signal}: finishing what is under way …`);
  } finally {
    await Promise.all([scheduler.stop(), keeper.stop(), held.stop(), web.close()]);
  }
}
