import type { PlatformName } from '../domain/index.ts';
import { connectForm } from './connect-form.ts';
import { connectionCard } from './connection-card.ts';
import { unpackPage, type FlagLine } from './books.ts';
import { sum, type ConnectionView } from './connection-view.ts';
import { isMoving } from './is-moving.ts';
import { flagsTable } from './flags-table.ts';
import { html, type Html } from './html.ts';
import type { Notices } from './notices.ts';
import type { Page } from './page-frame.ts';
import { PLATFORM_NAMES, count, longDay } from './words.ts';

/** So many flags of each company stand on the overview; its own page has them all. */
const FLAGS_MAX = 15;

/** The page for the morning: every company, its flags, and what waits for somebody. */
export function overviewPage(views: ConnectionView[], notices: Notices): Page {
  return {
    title: 'Overview',
    lookAgain: views.some(isMoving),
    content: html`<h1>Overview</h1>
      ${
        notices.killSwitch &&
        html`<p class="alert bad">
          <strong>The kill switch is on.</strong> Nothing is held, released or sent.
        </p>`
      }
      ${views.length === 0 ? welcome() : summary(views)}
      ${views.length > 0 && html`<div class="cards">${views.map((view) => connectionCard(view, notices.nowMs))}</div>`}
      ${views.map(flagsOf)} ${connectSection(notices.canConnect, views.length === 0)}`,
  };
}

function welcome(): Html {
  return html`<p class="lead">
    No company is connected yet. Connect one: Holdfast reads its customers, invoices, credits and payments,
    says who is over limit or overdue, and proposes what to do. It changes nothing before you approve it.
  </p>`;
}

function summary(views: ConnectionView[]): Html {
  const total = (of: (view: ConnectionView) => number): number =>
    views.reduce((all, view) => all + of(view), 0);
  const held = total((view) => view.held.count);
  const proposals = total((view) => sum(view.proposals));
  const doubts = total((view) => view.needPersonCount);
  const parts = [
    count(views.length, 'company', 'companies'),
    count(
      total((view) => view.books?.flags.rows ?? 0),
      'flag',
    ),
    held > 0 && `${count(held, 'customer')} on hold`,
    proposals > 0 && `${count(proposals, 'proposal')} to approve`,
    doubts > 0 && `${count(doubts, 'effect')} in doubt`,
  ];
  return html`<p class="lead">${parts.filter((part) => part !== false).join(' · ')}</p>`;
}

function flagsOf({ books, connection }: ConnectionView): Html | null {
  if (books === null || books.flags.rows === 0) return null;
  const { flags, asOf, currency } = books;
  const shown = unpackPage<FlagLine>(flags, 1).slice(0, FLAGS_MAX);
  const caption = `Amounts in ${currency}, as of ${longDay(asOf)}. The most severe first.`;
  return html`<section class="panel" id="flags-${connection.id}" aria-labelledby="heading-${connection.id}">
    <h2 id="heading-${connection.id}">Flags: ${connection.name}</h2>
    ${flagsTable(shown, currency, caption)}
    <p class="more">
      <a href="/connections/${connection.id}">
        ${flags.rows > shown.length ? `All ${flags.rows} flags and every customer` : 'Every customer'} of
        ${connection.name} →
      </a>
    </p>
  </section>`;
}

function connectSection(canConnect: PlatformName[], isFirst: boolean): Html {
  const missing = (['xero', 'quickbooks'] as const).filter((platform) => !canConnect.includes(platform));
  return html`<section class="panel connect" aria-labelledby="connect">
    <h2 id="connect">${isFirst ? 'Connect your first company' : 'Connect another company'}</h2>
    <div class="buttons">
      ${canConnect.map((platform) => connectForm(platform, `Connect ${PLATFORM_NAMES[platform]}`))}
    </div>
    ${missing.map(
      (platform) =>
        html`<p class="quiet">
          ${PLATFORM_NAMES[platform]}: its keys are not set. Put
          <code>${platform.toUpperCase()}_CLIENT_ID</code> and
          <code>${platform.toUpperCase()}_CLIENT_SECRET</code> into <code>.env</code>; the README says where
          to get them.
        </p>`,
    )}
  </section>`;
}
