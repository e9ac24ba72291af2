import type { BalanceLine } from './books.ts';
import type { ConnectionView } from './connection-view.ts';
import { html, type Html } from './html.ts';
import { PLATFORM_NAMES, ageInWords, amount } from './words.ts';

/** How well the mirror is known to be what the platform has, in a few lines. */
export function dataSummary(view: ConnectionView, nowMs: number): Html {
  const { calls } = view.data;
  return html`<dl class="facts">
    ${line('Balances', balancesText(view))} ${line('All records looked through', sweepText(view, nowMs))}
    ${line(
      'Calls today',
      calls === null
        ? 'none yet'
        : `${calls.used.toLocaleString('en-GB')}${calls.left === null ? '' : `, ${calls.left.toLocaleString('en-GB')} left`}`,
    )}
  </dl>`;
}

/** The same on the company's own page, with the customers whose balances differ. */
export function dataPanel(view: ConnectionView, nowMs: number): Html {
  const differences = view.books?.differences ?? [];
  return html`<section class="panel" aria-labelledby="data">
    <h2 id="data">The data</h2>
    ${dataSummary(view, nowMs)} ${differences.length > 0 && differencesTable(view, differences)}
  </section>`;
}

const line = (name: string, text: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${text}</dd>
  </div>`;

function balancesText({ connection, data }: ConnectionView): string {
  const { balances } = data;
  const platform = PLATFORM_NAMES[connection.platform];
  if (balances === null) return `not compared with ${platform} yet`;
  const { compared, differing, notCompared } = balances;
  const rest = notCompared === 0 ? '' : `; ${notCompared.toLocaleString('en-GB')} cannot be compared`;
  if (compared === 0) return `none can be compared with ${platform}${rest}`;
  const result = differing === 0 ? 'all agree' : `${differing.toLocaleString('en-GB')} differ`;
  return `${compared.toLocaleString('en-GB')} compared with ${platform}, ${result}${rest}`;
}

function sweepText({ data }: ConnectionView, nowMs: number): string {
  const { sweep } = data;
  if (sweep === null) return 'not yet';
  const { finishedAtMs, vanished, missed, note } = sweep;
  const when = finishedAtMs === 0 ? 'not yet' : ageInWords(nowMs - finishedAtMs);
  const found = [vanished > 0 && `${vanished} had vanished`, missed > 0 && `${missed} had been missed`];
  return [when, ...found.filter((text) => text !== false), ...(note === '' ? [] : [note])].join(', ');
}

function differencesTable({ connection, data }: ConnectionView, lines: BalanceLine[]): Html {
  const number = (text: string): Html => html`<th scope="col" class="number">${text}</th>`;
  const more = (data.balances?.differing ?? lines.length) - lines.length;
  return html`<table class="balances">
    <caption>
      Balances that differ: documents were edited while they were read, or something was not understood.
      <code>holdfast reconcile ${connection.id}</code
      >${more > 0 ? ` lists ${more} more.` : ' says more.'}
    </caption>
    <thead>
      <tr>
        <th scope="col">Customer</th>
        ${number('Here')} ${number(`On ${PLATFORM_NAMES[connection.platform]}`)} ${number('Currency')}
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        ({ customer, currency, mirrorMinor, platformMinor }) =>
          html`<tr>
            <th scope="row">${customer}</th>
            <td class="number">${amount(mirrorMinor, currency)}</td>
            <td class="number">${amount(platformMinor, currency)}</td>
            <td class="number">${currency}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
