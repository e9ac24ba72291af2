import type { Flag } from '../rules/index.ts';
import type { FlagLine } from './books.ts';
import { html, type Html } from './html.ts';
import { RULE_NAMES, STANDING_NAMES, amount } from './words.ts';

/** Flags as a table, most severe first. Roles are spelled out because a phone shows its rows as cards. */
export function flagsTable(flags: FlagLine[], currency: string, caption: string): Html {
  return html`<table class="flags" role="table">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${HEADINGS.map(([text, kind]) => html`<th role="columnheader" scope="col" class="${kind}">${text}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${flags.map((flag) => flagRow(flag, currency))}
    </tbody>
  </table>`;
}

const HEADINGS: [text: string, kind: string][] = [
  ['Customer', ''],
  ['Rule', ''],
  ['Standing', ''],
  ['Figure', 'number'],
  ['Threshold', 'number'],
  ['Days', 'number'],
  ['Why', ''],
];

function flagRow(flag: FlagLine, currency: string): Html {
  return html`<tr role="row">
    <th role="rowheader" scope="row">${flag.customer}</th>
    <td role="cell" class="rule">${RULE_NAMES[flag.rule]}</td>
    <td role="cell" class="severity">${severityBadge(flag.severity)}</td>
    <td role="cell" class="number" data-label="Figure">${amount(flag.figureMinor, currency)}</td>
    <td role="cell" class="number" data-label="Threshold">${amount(flag.thresholdMinor, currency)}</td>
    <td role="cell" class="number" data-label="Days overdue">${flag.days === 0 ? '–' : flag.days}</td>
    <td role="cell" class="why">${flag.explanation}</td>
  </tr>`;
}

/** A standing as a coloured word; the word alone says it too. */
export function severityBadge(severity: Flag['severity']): Html {
  return html`<span class="badge ${severity}">${STANDING_NAMES[severity]}</span>`;
}
