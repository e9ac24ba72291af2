import { scaleLinear } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import { addDays, type Day } from '../domain/index.ts';
import { html, type Html } from '../lib/index.ts';
import { monthLabel } from './report-figures.ts';

/** One line of a plot: a value a day. */
export interface Series {
  name: string;
  /** Which of the two colours: 0 or 1. */
  colour: number;
  values: readonly number[];
}

export interface LinePlot {
  title: string;
  /** What a screen reader says of it: the figures in a sentence. */
  description: string;
  from: Day;
  series: Series[];
  /** How values are written at the axis. */
  format: (value: number) => string;
}

const WIDTH = 760;
const HEIGHT = 250;
const LEFT = 84;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 30;

/** Lines from day to day as inline SVG: axes with few marks, the second line dashed, so that colour is never alone. */
export function linePlot({ title, description, from, series, format }: LinePlot): Html {
  const length = Math.max(...series.map(({ values }) => values.length), 2);
  const most = Math.max(1, ...series.flatMap(({ values }) => values));
  const x = scaleLinear([0, length - 1], [LEFT, WIDTH - RIGHT]);
  const y = scaleLinear([0, most], [HEIGHT - BOTTOM, TOP]).nice(4);
  const path = line<number>((_, day) => x(day), y).curve(curveStepAfter);
  const ticks = y.ticks(4).filter((tick) => Number.isInteger(tick));
  return html`<figure class="plot">
    <figcaption>
      <h3>${title}</h3>
      ${series.length > 1 && legend(series)}
    </figcaption>
    <div class="scroll">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}. ${description}">
        ${ticks.map(
          (tick) =>
            html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}" />
              <text class="tick" x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${format(tick)}</text>`,
        )}
        ${monthStarts(from, length).map(
          ({ number, day, labelled }) =>
            html`<line
                class="mark"
                x1="${x(number)}"
                x2="${x(number)}"
                y1="${HEIGHT - BOTTOM}"
                y2="${HEIGHT - BOTTOM + 5}"
              />
              ${labelled && html`<text class="tick" x="${x(number) + 2}" y="${HEIGHT - 10}">${monthLabel(day)}</text>`}`,
        )}
        <line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(0)}" y2="${y(0)}" />
        ${series.map(
          ({ values, colour }) => html`<path class="line c${colour}" d="${path([...values]) ?? ''}" />`,
        )}
      </svg>
    </div>
  </figure>`;
}

const legend = (series: Series[]): Html =>
  html`<ul class="legend">
    ${series.map(
      ({ name, colour }) =>
        html`<li>
          <svg class="key" viewBox="0 0 28 10" aria-hidden="true">
            <path class="line c${colour}" d="M0 5H28" /></svg
          >${name}
        </li>`,
    )}
  </ul>`;

interface MonthStart {
  number: number;
  day: Day;
  labelled: boolean;
}

/** The first days of months; of long periods only some are named, so that names do not run into each other. */
function monthStarts(from: Day, length: number): MonthStart[] {
  const starts: MonthStart[] = [];
  for (let number = 0; number < length; number += 1) {
    const day = addDays(from, number);
    if (!day.endsWith('-01')) continue;
    const month = Number(day.slice(5, 7)) - 1;
    const every = length > 1_200 ? 12 : length > 550 ? 3 : 1;
    // The last name would be cut off at the edge.
    const fits = (length - number) / length > 0.06;
    starts.push({ number, day, labelled: fits && month % every === 0 });
  }
  return starts;
}

/** One bar, made of parts. */
export interface Stack {
  name: string;
  parts: { name: string; /** Class of its colour. */ fate: string; value: number; text: string }[];
}

const BAR = { width: 760, height: 30 };

/** Bars of the same length scale, each cut into parts; the figures stand in the list below each. */
export function stackedBars(title: string, stacks: Stack[]): Html {
  const most = Math.max(1, ...stacks.map(({ parts }) => parts.reduce((sum, part) => sum + part.value, 0)));
  const x = scaleLinear([0, most], [0, BAR.width]);
  return html`<figure class="plot">
    <figcaption><h3>${title}</h3></figcaption>
    ${stacks.map(({ name, parts }) => {
      let at = 0;
      const spoken = parts.map((part) => `${part.name} ${part.text}`).join(', ');
      return html`<div class="stack">
        ${name !== '' && html`<p class="stack-name">${name}</p>`}
        <svg
          viewBox="0 0 ${BAR.width} ${BAR.height}"
          preserveAspectRatio="none"
          role="img"
          aria-label="${name} ${spoken}"
        >
          <rect class="empty" x="0" y="0" width="${BAR.width}" height="${BAR.height}" />
          ${parts.map((part) => {
            const start = at;
            at += x(part.value);
            return (
              part.value > 0 &&
              html`<rect
                class="${part.fate}"
                x="${start}"
                y="0"
                width="${x(part.value)}"
                height="${BAR.height}"
              />`
            );
          })}
        </svg>
        <ul class="legend">
          ${parts.map(
            (part) => html`<li><span class="chip ${part.fate}"></span>${part.name} <b>${part.text}</b></li>`,
          )}
        </ul>
      </div>`;
    })}
  </figure>`;
}
