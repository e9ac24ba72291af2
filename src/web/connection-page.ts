import { BUCKET_NAMES } from './ageing-bar.ts';
import { BUCKETS, ROWS_MAX, unpackPage, type Books, type CustomerLine, type FlagLine } from './books.ts';
import { allTodos, connectionBadges, figures, lastSync, todoCount } from './connection-card.ts';
import type { ConnectionView } from './connection-view.ts';
import { dataPanel } from './data-health.ts';
import { flagsTable, severityBadge } from './flags-table.ts';
import { html, type Html } from './html.ts';
import { isMoving } from './is-moving.ts';
import type { Page } from './page-frame.ts';
import { trouble } from './trouble.ts';
import { amount, count, longDay } from './words.ts';

/** One company: all its flags and the figures of every customer that owes or is owed something. */
export function connectionPage(view: ConnectionView, nowMs: number, page: number): Page {
  const { connection, books } = view;
  return {
    title: connection.name,
    back: true,
    lookAgain: isMoving(view),
    content: html`<h1>${connection.name}</h1>
      ${connectionBadges(view)}
      <p class="quiet">${lastSync(view, nowMs)}</p>
      ${trouble(view, nowMs)} ${books !== null && html`<div class="panel">${figures(books)}</div>`}
      ${todoPanel(view)} ${view.published !== null && dataPanel(view, nowMs)}
      ${books !== null && html`${allFlags(books, page)} ${allCustomers(books, page)} ${pager(books, connection.id, page)}`}`,
  };
}

function todoPanel(view: ConnectionView): Html | null {
  const todos = allTodos(view);
  if (todos.length === 0) return null;
  const more = todoCount(view, todos.length) - todos.length;
  return html`<section class="panel" id="todo" aria-labelledby="todo-heading">
    <h2 id="todo-heading">For you</h2>
    <ul class="todo">
      ${todos.map((line) => html`<li>${line}</li>`)}
      ${more > 0 && html`<li class="quiet">and ${more} more</li>`}
    </ul>
  </section>`;
}

function allFlags({ flags, currency, asOf }: Books, page: number): Html {
  const shown = unpackPage<FlagLine>(flags, page);
  const caption = `${count(flags.rows, 'flag')}, amounts in ${currency}, as of ${longDay(asOf)}.`;
  return html`<section class="panel" aria-labelledby="flags">
    <h2 id="flags">Flags</h2>
    ${shown.length === 0 ? html`<p class="quiet">None here.</p>` : flagsTable(shown, currency, caption)}
  </section>`;
}

function allCustomers(books: Books, page: number): Html {
  const shown = unpackPage<CustomerLine>(books.customers, page);
  return html`<section class="panel" aria-labelledby="customers">
    <h2 id="customers">Customers</h2>
    ${shown.length === 0 ? html`<p class="quiet">None here.</p>` : customersTable(books, shown)}
  </section>`;
}

function customersTable(books: Books, shown: CustomerLine[]): Html {
  const { currency, customers } = books;
  const number = (text: string): Html => html`<th scope="col" class="number">${text}</th>`;
  return html`<div class="scroll" role="region" aria-labelledby="customers" tabindex="0">
    <table class="customers">
      <caption>
        ${count(customers.rows, 'customer')} with open items, in ${currency}: own items by days past due. Use
        of the limit counts sub-customers too.
      </caption>
      <thead>
        <tr>
          <th scope="col">Customer</th>
          <th scope="col">Standing</th>
          ${number('Exposure')} ${BUCKETS.map((bucket) => number(BUCKET_NAMES[bucket]))}
          ${number('Unapplied')} ${number('Days')} ${number('Limit')} ${number('Use')}
        </tr>
      </thead>
      <tbody>
        ${shown.map((line) => customerRow(line, currency))}
      </tbody>
      <tfoot>
        ${sumRow(books)}
      </tfoot>
    </table>
  </div>`;
}

/** Of the table of customers: name, standing, exposure, ages, and what follows them. */
const COLUMNS = 7 + BUCKETS.length;

function customerRow(line: CustomerLine, currency: string): Html {
  const number = (minor: number | null): Html =>
    html`<td class="number ${minor === 0 ? 'nil' : ''}">${minor === 0 ? '–' : amount(minor, currency)}</td>`;
  return html`<tr class="${line.clears === null ? '' : 'explained'}">
      <th scope="row">${line.name}</th>
      <td>${severityBadge(line.standing)}</td>
      ${number(line.exposureMinor)} ${BUCKETS.map((bucket) => number(line.ageing?.[bucket] ?? null))}
      ${number(line.unappliedMinor)}
      <td class="number">${line.days === 0 ? '–' : line.days}</td>
      <td class="number">${limitText(line, currency)}</td>
      <td class="number">${line.useRatio === null ? '–' : `${Math.floor(line.useRatio * 100)} %`}</td>
    </tr>
    ${
      line.clears !== null &&
      html`<tr class="clears">
        <td colspan="${COLUMNS}"><span>${line.clears}</span></td>
      </tr>`
    }`;
}

function limitText({ limit }: CustomerLine, currency: string): string {
  if (limit === null) return 'not set';
  if (limit === 'unlimited') return 'unlimited';
  return limit === 0 ? 'cash only' : amount(limit, currency);
}

function sumRow({ totals, currency }: Books): Html {
  const { ageing, exposureMinor, unappliedMinor } = totals;
  const number = (minor: number): Html => html`<td class="number">${amount(minor, currency)}</td>`;
  return html`<tr>
    <th scope="row" colspan="2">All customers</th>
    ${number(exposureMinor)} ${BUCKETS.map((bucket) => number(ageing[bucket]))} ${number(unappliedMinor)}
    <td colspan="3"></td>
  </tr>`;
}

function pager(books: Books, id: string, page: number): Html | null {
  const pages = Math.ceil(Math.max(books.flags.rows, books.customers.rows) / ROWS_MAX);
  if (pages <= 1) return null;
  const link = (to: number, text: string): Html | false =>
    to >= 1 && to <= pages && html`<a href="/connections/${id}?page=${to}">${text}</a>`;
  return html`<nav class="pager" aria-label="Pages">
    ${link(page - 1, '← Before')} <span>Page ${page} of ${pages}</span> ${link(page + 1, 'Next →')}
  </nav>`;
}
