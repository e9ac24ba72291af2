import type { App } from '../../app.ts';
import { readAnswerCounts, readHeldPosted, type HeldPosted } from '../../desk/index.ts';
import type { HeldWebhook } from '../../domain/index.ts';
import { findingsOf, type Finding } from './finding.ts';

const MINUTE_MS = 60_000;
/** A receiver may be restarted; one that takes nothing for so long is looked at. */
const PATIENCE_MS = 60 * MINUTE_MS;

/** How often the order desk was asked today, and whether the receiver of the held list takes it. */
export async function checkDesk(app: App): Promise<Finding[]> {
  return [...(await checkAnswers(app)), ...(await checkHeldWebhook(app))];
}

async function checkAnswers({ store, clock }: App): Promise<Finding[]> {
  const today = new Date(clock.nowMs()).toISOString().slice(0, 10);
  const counts = await readAnswerCounts(store.reader, today);
  if (counts.length === 0) return [];
  const sum = (answer: string): number =>
    counts.filter((one) => one.answer === answer).reduce((total, { count }) => total + count, 0);
  const text = `answered today (UTC): ${sum('yes')} yes, ${sum('ask')} ask, ${sum('no')} no`;
  return [findingsOf('order desk').ok(text)];
}

async function checkHeldWebhook({ store, clock, connectors }: App): Promise<Finding[]> {
  const webhook = connectors.heldWebhook;
  if (webhook === null) return [];
  const posted = await readHeldPosted(store.reader);
  const { info } = findingsOf('order desk');
  if (posted === null)
    return [
      info(
        `the held list goes to ${webhook.address}: nothing was posted yet`,
        'It goes while `holdfast serve` runs, and after `holdfast nightly`.',
      ),
    ];
  return [describePosted(posted, webhook, clock.nowMs())];
}

function describePosted(posted: HeldPosted, { address }: HeldWebhook, nowMs: number): Finding {
  const { ok, info, warning } = findingsOf('order desk');
  const ago = (ms: number): string => `${Math.max(0, Math.round((nowMs - ms) / MINUTE_MS))} minutes ago`;
  if (posted.deliveredAtMs !== null)
    return ok(
      `the held list goes to ${address}: version ${posted.version} was taken ${ago(posted.deliveredAtMs)}`,
    );
  const tried = `version ${posted.version} of ${ago(posted.madeAtMs)} was not taken by ${address} yet, ${posted.attempts} attempts`;
  const why = posted.lastError === '' ? '' : `: ${posted.lastError}`;
  if (nowMs - posted.madeAtMs < PATIENCE_MS) return info(`the held list: ${tried}${why}`);
  return warning(
    `the held list: ${tried}${why}`,
    'Look at the receiver: it must answer with 2xx within 10 s.',
  );
}
