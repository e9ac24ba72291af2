import { daysBetween } from '../domain/index.ts';
import type { IntentCount, IntentKind } from '../outbox/index.ts';
import type { RuleName } from '../rules/index.ts';
import { ageingBar } from './ageing-bar.ts';
import type { Books } from './books.ts';
import type { ConnectionView, NightEffects, NightView } from './connection-view.ts';
import { dataSummary } from './data-health.ts';
import { html, type Html } from './html.ts';
import { trouble } from './trouble.ts';
import { PLATFORM_NAMES, RULE_NAMES, ageInWords, amount, count, longDay, moment } from './words.ts';

/** So many lines of one list are shown on the overview; the rest is counted. */
const LINES_MAX = 6;

/** One company on the overview: how it stands, what waits for somebody, what the last night did. */
export function connectionCard(view: ConnectionView, nowMs: number): Html {
  const { connection, books } = view;
  return html`<section class="card" aria-labelledby="company-${connection.id}">
    <header>
      <h2 id="company-${connection.id}"><a href="/connections/${connection.id}">${connection.name}</a></h2>
      ${connectionBadges(view)}
      <p class="quiet">${lastSync(view, nowMs)}</p>
    </header>
    ${trouble(view, nowMs)} ${books !== null && figures(books)} ${todo(view)}
    ${books !== null && flagCounts(books, connection.id)}
    ${view.night !== null && lastNight(view, view.night)}
    ${
      view.published !== null &&
      html`<h3>The data</h3>
        ${dataSummary(view, nowMs)}`
    }
  </section>`;
}

export function connectionBadges({ connection }: ConnectionView): Html {
  const { platform, state, mode, isDemo } = connection;
  const states = { active: 'Connected', reconnect: 'Connect again', disconnected: 'Disconnected' };
  return html`<p class="badges">
    <span class="badge plain">${PLATFORM_NAMES[platform]}</span>
    <span class="badge state-${state}">${states[state]}</span>
    <span class="badge plain">${mode === 'automatic' ? 'Acts by itself' : 'Proposes only'}</span>
    ${isDemo && html`<span class="badge plain">Demo company</span>`}
  </p>`;
}

/** 'Synced 3 hours ago: Wed 11 Mar 2026, 02:01 GMT', in the organisation's own zone. */
export function lastSync({ connection, published }: ConnectionView, nowMs: number): Html {
  if (published?.finishedAtMs == null) return html`Not synced yet`;
  const { finishedAtMs } = published;
  return html`Synced <strong>${ageInWords(nowMs - finishedAtMs)}</strong> ·
    ${moment(finishedAtMs, connection.timeZone)}`;
}

/** Sums in the base currency. */
export function figures({ totals, currency }: Books): Html {
  const share =
    totals.exposureMinor > 0 ? Math.round((totals.overdueMinor / totals.exposureMinor) * 100) : null;
  const tile = (name: string, minor: number, note: string): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${amount(minor, currency)} <small>${currency}</small></dd>
      <dd class="note">${note}</dd>
    </div>`;
  return html`<dl class="tiles">
      ${tile('Exposure', totals.exposureMinor, 'open less unapplied')}
      ${tile('Overdue', totals.overdueMinor, share === null ? 'past due' : `${share} % of exposure`)}
      ${tile('Unapplied', totals.unappliedMinor, 'credits and payments')}
    </dl>
    ${
      totals.leftOut > 0 &&
      html`<p class="alert">Without ${count(totals.leftOut, 'customer')}: an exchange rate is missing.</p>`
    }
    ${ageingBar(totals.ageing, currency)}`;
}

function flagCounts({ flagCounts: found }: Books, id: string): Html {
  const rules = Object.entries(RULE_NAMES) as [RuleName, string][];
  const counts = rules
    .map(([rule, name]) => ({ rule, name, number: found[rule] ?? 0 }))
    .filter(({ number }) => number > 0);
  return html`<h3>Flags</h3>
    ${
      counts.length === 0
        ? html`<p class="quiet">None today.</p>`
        : html`<ul class="counts">
            ${counts.map(
              ({ rule, name, number }) =>
                html`<li data-rule="${rule}">
                  <a href="#flags-${id}"><b>${number}</b> ${name}</a>
                </li>`,
            )}
          </ul>`
    }`;
}

/** Everything that a person should do, the most pressing first. */
function todo(view: ConnectionView): Html {
  const lines = allTodos(view);
  const shown = lines.slice(0, LINES_MAX);
  const more = todoCount(view, lines.length) - shown.length;
  return html`<h3>For you</h3>
    ${
      lines.length === 0
        ? html`<p class="quiet">Nothing waits for you.</p>`
        : html`<ul class="todo">
            ${shown.map((line) => html`<li>${line}</li>`)}
            ${more > 0 && html`<li class="quiet"><a href="/connections/${view.connection.id}#todo">and ${more} more</a></li>`}
          </ul>`
    }`;
}

/** The list in full, as far as it is shown anywhere: up to 200 of each kind. */
export function allTodos(view: ConnectionView): Html[] {
  return [...doubts(view), ...approvals(view.proposals), ...tasks(view)];
}

/** How many lines the list would have if all of it were shown. */
export function todoCount({ needPerson, needPersonCount, books }: ConnectionView, shown: number): number {
  const tasksLeft = books === null ? 0 : books.taskCount - books.tasks.length;
  return shown + (needPersonCount - needPerson.length) + tasksLeft;
}

const KIND_NAMES: Readonly<Record<IntentKind, [one: string, many: string]>> = {
  'hold.place': ['hold', 'holds'],
  'hold.release': ['release of a hold', 'releases of holds'],
  note: ['note', 'notes'],
  reminder: ['reminder', 'reminders'],
};

function doubts({ needPerson, drifted }: ConnectionView): Html[] {
  const lines = needPerson.map(
    (intent) =>
      html`<strong>Say whether it happened:</strong> ${KIND_NAMES[intent.kind][0]} for
        ${intent.content.customerName} (number ${intent.id}).
        <span class="quiet">${intent.stateReason}</span>`,
  );
  if (drifted === 0) return lines;
  const drift = html`${count(drifted, 'hold was', 'holds were')} taken off on the platform while the cause
  lasts. That is respected.`;
  return [...lines, drift];
}

function approvals(proposals: IntentCount[]): Html[] {
  if (proposals.length === 0) return [];
  const kinds = Object.entries(KIND_NAMES) as [IntentKind, [string, string]][];
  const parts = kinds.flatMap(([kind, [one, many]]) => {
    const proposed = proposals.find((some) => some.kind === kind)?.count ?? 0;
    return proposed === 0 ? [] : [count(proposed, one, many)];
  });
  return [
    html`<strong>Approve or reject:</strong> ${parts.join(', ')}. <code>holdfast approve</code> lists them.`,
  ];
}

const tasks = ({ books }: ConnectionView): Html[] => (books?.tasks ?? []).map((text) => html`${text}`);

function lastNight({ held, books }: ConnectionView, { night, placed, released, reminders }: NightView): Html {
  const isOld = books !== null && daysBetween(night.day, books.asOf) > 0;
  return html`<h3>Last night <span class="quiet">${longDay(night.day)}${isOld && ' (none since)'}</span></h3>
    <ul class="done">
      <li>Holds: ${outcome(placed, 'placed and read back')}</li>
      ${total(released) > 0 && html`<li>Releases: ${outcome(released, 'released and read back')}</li>`}
      <li>Reminders: ${outcome(reminders, 'sent')}</li>
    </ul>
    ${held.count > 0 && html`<p class="quiet">On hold now: ${count(held.count, 'customer')} (${listNames(held)}).</p>`}`;
}

const total = ({ done, waiting, proposed, doubtful, dropped }: NightEffects): number =>
  done + waiting + proposed + doubtful + dropped;

function outcome(effects: NightEffects, done: string): string {
  const parts = [
    [effects.done, done],
    [effects.waiting, 'waiting for their time'],
    [effects.proposed, 'waiting for approval'],
    [effects.doubtful, 'in doubt'],
    [effects.dropped, 'dropped'],
  ] as const;
  const text = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return text.length === 0 ? 'none' : text.join(', ');
}

function listNames({ count: all, names }: ConnectionView['held']): string {
  const more = all - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
