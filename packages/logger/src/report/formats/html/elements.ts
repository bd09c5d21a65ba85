import type { Comparison } from '../../report.ts';
import { digits, grouped, percentDigits, signed } from '../text/number-text.ts';
import { readableName } from '../text/printable.ts';
import { isoTime, rangeTexts, timeText } from '../text/time-text.ts';
import { type Content, html, type Markup } from './markup.ts';

/** A number as it is read, `−12,345.6`; where that is not how it is written in data, its digits stand beside it. */
export function number(value: number): Markup {
  return shown(digits(value), grouped(digits(value)));
}

/** A number with its unit, which does not part from it at the end of a line. */
export function quantity(value: number, unit: string): Markup {
  return unit === '' ? number(value) : html`${number(value)}\u00a0${unitName(unit)}`;
}

/** Units are short; what is not is cut, like a name. */
export function unitName(unit: string): Markup | undefined {
  return unit === '' ? undefined : html`<bdi>${readableName(unit)}</bdi>`;
}

/** A ratio in per cent. */
export function percent(ratio: number): Markup {
  return html`${shown(digits(ratio), grouped(percentDigits(ratio)))}\u00a0%`;
}

/** A relative change in per cent, with its sign. */
export function change(ratio: number): Markup {
  return html`${shown(digits(ratio), grouped(signed(percentDigits(ratio))))}\u00a0%`;
}

function shown(data: string, text: string): Markup {
  return data === text ? html`${text}` : html`<data value="${data}">${text}</data>`;
}

/** `from to to`, both numbers of one unit. */
export function interval([low, high]: readonly [number, number], one: (value: number) => Markup): Markup {
  return html`${one(low)} to ${one(high)}`;
}

export function time(at: number): Markup {
  return html`<time datetime="${isoTime(at)}">${timeText(at)}</time>`;
}

/** `22 Nov 2026, 08:30 to 09:30 UTC`. */
export function range({ from, to }: { readonly from: number; readonly to: number }): Markup {
  const [start, end] = rangeTexts(from, to);
  return html`<time datetime="${isoTime(from)}">${start}</time> to <time datetime="${isoTime(to)}">${end}</time> UTC`;
}

/** A name from the data, kept apart from the direction of the text around it. */
export function name(given: string): Markup {
  return html`<bdi>${readableName(given)}</bdi>`;
}

/** How two periods differ, in a cell: arrow, change, judgement. */
export function changeOf({ change: ratio, judgement }: Comparison): Markup {
  const word = html`<span class="judgement ${judgement}">${judgement}</span>`;
  return ratio === undefined ? word : html`<span class="change">${change(ratio)}</span> ${word}`;
}

export interface Column {
  readonly title: Content;
  readonly isNumeric?: boolean;
}

/**
 * A table in a box that scrolls sideways where the page is narrow; the first cell of each row is its heading.
 *
 * @param label what the table shows: its caption, which is seen only where `isCaptionSeen`
 */
export function table(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[])[],
  isCaptionSeen = false,
): Markup {
  const side = (index: number): Content => columns[index]?.isNumeric && html` class="number"`;
  return html`<div class="scroll" role="group" aria-label="${label}" tabindex="0"><table>
<caption${isCaptionSeen ? undefined : html` class="unseen"`}>${label}</caption>
<thead><tr>${columns.map(({ title }, index) => html`<th scope="col"${side(index)}>${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell, index) =>
      index === 0 ? html`<th scope="row">${cell}</th>` : html`<td${side(index)}>${cell}</td>`,
    )}</tr>
`,
  )}</tbody></table></div>
`;
}
