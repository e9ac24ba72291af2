import { connectForm } from './connect-form.ts';
import type { ConnectionView, LiveSync } from './connection-view.ts';
import { html, type Html } from './html.ts';
import { PLATFORM_NAMES, ageInWords, count, longDay } from './words.ts';

/** What keeps this company from being looked after, and what is being done about it. */
export function trouble(view: ConnectionView, nowMs: number): Html {
  return html`${consent(view)} ${sync(view, nowMs)} ${night(view)} ${figuresState(view)} ${quarantine(view)}
  ${ownReminders(view)}`;
}

function consent({ connection, data }: ConnectionView): Html | null {
  const { platform, state, stateReason } = connection;
  if (state === 'disconnected')
    return html`<p class="alert">Disconnected: nothing is read or sent any more. What was read stays.</p>`;
  if (state === 'reconnect')
    return html`<div class="alert bad">
      <p><strong>Must be connected again.</strong> ${stateReason}</p>
      ${connectForm(platform, 'Connect again')}
    </div>`;
  if (data.consentEnd === null) return null;
  const { daysLeft } = data.consentEnd;
  const when =
    daysLeft < 0
      ? 'has ended'
      : `ends in ${daysLeft < 1 ? 'less than a day' : count(daysLeft, 'day')} unless a sync renews it`;
  return html`<div class="alert ${daysLeft < 7 ? 'bad' : ''}">
    <p><strong>The consent ${when}.</strong></p>
    ${daysLeft < 7 && connectForm(platform, 'Connect again')}
  </div>`;
}

function sync(view: ConnectionView, nowMs: number): Html | null {
  const { connection, published, unfinished, stale, live, books } = view;
  if (unfinished === null)
    return stale === null ? null : html`<p class="alert bad">Nothing is sent: ${stale}.</p>`;
  const hasFailed = unfinished.state === 'failed';
  const { finishedAtMs = null } = published ?? {};
  const asOf =
    books === null || finishedAtMs === null
      ? null
      : html`The figures are those of run ${books.run}, ${ageInWords(nowMs - finishedAtMs)}.`;
  return html`<p class="alert ${hasFailed ? 'bad' : ''}">
    Sync ${unfinished.number} ${hasFailed ? 'failed' : 'is under way'}: nothing is sent until it is finished.
    ${asOf} ${live !== null && progressText(live, published === null)}
    ${
      hasFailed
        ? html`<code>holdfast sync ${connection.id}</code> takes it up where it stopped.`
        : published === null && 'Until then there are no figures.'
    }
  </p>`;
}

/** 'invoices: 120,000 of 1,000,000 so far. About 1,060 calls and 18 minutes in all.' */
function progressText({ progress, forecast }: LiveSync, isFirst: boolean): string {
  const number = (value: number): string => value.toLocaleString('en-GB');
  const of = progress?.totalRows == null ? '' : ` of ${number(progress.totalRows)}`;
  const rows = progress === null ? '' : `So far ${number(progress.rows)}${of} ${progress.stream} read.`;
  if (!isFirst || forecast === null) return rows;
  const minutes = forecast.minutes < 1 ? 'less than a minute' : count(forecast.minutes, 'minute');
  return `${rows} In all about ${count(forecast.calls, 'call')}, ${minutes} by the platform’s limits.`;
}

function night({ night: view }: ConnectionView): Html | null {
  if (view?.night.state === 'failed')
    return html`<p class="alert bad">
      The night of ${longDay(view.night.day)} failed. While <code>holdfast serve</code> runs, it is tried
      again; the log says why it failed.
    </p>`;
  if (view?.night.state !== 'running') return null;
  return html`<p class="alert">
    ${
      view.isUnderWay
        ? 'The night is under way.'
        : html`The night was interrupted. While <code>holdfast serve</code> runs, it goes on by itself.`
    }
  </p>`;
}

function figuresState({ problem, isRenewing, books }: ConnectionView): Html | null {
  if (problem !== null)
    return html`<p class="alert bad"><strong>Cannot be judged.</strong> ${problem.message}</p>`;
  if (!isRenewing) return null;
  return html`<p class="alert">
    ${books === null ? 'The figures are being computed.' : 'Something has changed: the figures are being renewed.'}
    This page looks again by itself.
  </p>`;
}

function quarantine({ connection, data }: ConnectionView): Html | null {
  if (data.quarantined === 0) return null;
  return html`<p class="alert">
    ${count(data.quarantined, 'record')} of ${PLATFORM_NAMES[connection.platform]} could not be understood:
    nothing is decided for ${data.quarantined === 1 ? 'its customer' : 'their customers'}.
    <code>holdfast quarantine ${connection.id}</code> says what and why.
  </p>`;
}

function ownReminders({ connection }: ConnectionView): Html | null {
  if (connection.ownReminders !== true || connection.state !== 'active') return null;
  return html`<p class="alert">
    ${PLATFORM_NAMES[connection.platform]} sends invoice reminders of its own for this company: customers may
    be reminded twice. Switch them off there.
  </p>`;
}
