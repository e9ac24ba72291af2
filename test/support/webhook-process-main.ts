import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { startNoticeKeeper } from '../../src/scheduler/index.ts';
import { startWeb } from '../../src/web/index.ts';

/** A Holdfast that takes webhooks but comes to read nothing, for tests that kill it; tells its parent its port. */
const app = createApp(parseConfig(process.env));
const keeper = startNoticeKeeper(app, { settleMs: 3_600_000 });
const web = await startWeb(app, { port: 0, onNotice: (platform) => keeper.kick(platform) });
process.send?.(web.port);
