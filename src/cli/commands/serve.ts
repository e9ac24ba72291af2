import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { startScheduler } from '../../scheduler/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { openWeb } from '../open-web.ts';
import { printJsonLine, printLine, remark } from '../print.ts';
import { untilStopped } from '../until-stopped.ts';

export function serveCommand(): Command {
  return command(
    'serve',
    'the overview, the OAuth callback, the nights and the dispatch windows, until it is stopped',
  ).action(async (options: CommonOptions) => withApp((app) => serve(app, options)));
}

async function serve(app: App, options: CommonOptions): Promise<void> {
  const stopped = untilStopped();
  const web = await openWeb(app);
  const scheduler = startScheduler(app);
  if (options.json) printJsonLine({ url: web.url, baseUrl: app.config.baseUrl, dataDir: app.config.dataDir });
  else printLine(`Holdfast is at ${web.url} (data in ${app.config.dataDir}). Ctrl-C stops it.`);
  const signal = await stopped;
  remark(`${signal}: finishing what is under way …`);
  await web.close();
  await scheduler.stop();
}
