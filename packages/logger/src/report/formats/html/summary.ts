import { areaTitle } from '../../area-title.ts';
import type { NamedValue, PerformanceReport, ReportRecommendation } from '../../report.ts';
import { priorityBadge, verdictBadge } from './badges.ts';
import { name, number, range, unitName } from './elements.ts';
import { html, type Markup } from './markup.ts';

/** What the report is about. */
export function masthead({ title, timeRange, previousRange, instances, summary }: PerformanceReport): Markup {
  return html`<header class="masthead ${summary.verdict}"><div class="inner">
<h1>${title}</h1>
<p class="when">${range(timeRange)}${timeRange.label && html` <span class="label">${timeRange.label}</span>`}</p>
${
  previousRange &&
  html`<p class="compared">Compared with ${range(previousRange)}${previousRange.label && html` (${previousRange.label})`}</p>
`
}${
  instances.length > 0 &&
  html`<p class="compared">${instances.length === 1 ? 'Instance' : 'Instances'}: ${instances.map((instance, index) => html`${index > 0 && html`, `}${name(instance)}`)}</p>
`
}</div></header>
`;
}

/** The verdict, what it is founded on, and the numbers to see first. */
export function summarySection({ summary }: PerformanceReport): Markup {
  return html`<section id="summary" aria-labelledby="summary-heading" class="summary">
<h2 id="summary-heading" class="unseen">Summary</h2>
<p class="headline">${verdictBadge(summary.verdict)}<strong>${summary.headline}</strong></p>
${
  summary.sentences.length > 0 &&
  html`<ul class="sentences">${summary.sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>
`
}${namedValues(summary.keyFigures)}</section>
`;
}

/** Numbers as cards. */
export function namedValues(values: readonly NamedValue[]): Markup | undefined {
  if (values.length === 0) return undefined;
  return html`<dl class="figures">${values.map(
    (
      each,
    ) => html`<div class="figure ${each.verdict}"><dt>${name(each.name)}</dt><dd><span class="value">${number(each.value)}${each.unit !== '' && html` <span class="unit">${unitName(each.unit)}</span>`}</span> ${verdictBadge(each.verdict)}</dd></div>
`,
  )}</dl>
`;
}

export function recommendationsSection({ recommendations }: PerformanceReport): Markup {
  const list = html`<ol class="recommendations">${recommendations.map(recommendation)}</ol>
`;
  return html`<section id="recommendations" aria-labelledby="recommendations-heading">
<h2 id="recommendations-heading">Recommendations</h2>
${
  recommendations.length > 0
    ? list
    : html`<p class="none">Nothing to recommend.</p>
`
}</section>
`;
}

function recommendation({ id, priority, area, message, evidence }: ReportRecommendation): Markup {
  return html`<li class="card ${priority}"><p class="kind">${priorityBadge(priority)}${area && html` <span>${areaTitle(area)}</span>`} <span class="id">${name(id)}</span></p>
<p class="message">${message}</p>
${sentences(evidence.slice(0, SHOWN_EVIDENCE))}${
  evidence.length > SHOWN_EVIDENCE &&
  html`<details><summary>${number(evidence.length - SHOWN_EVIDENCE)} more facts</summary>
${sentences(evidence.slice(SHOWN_EVIDENCE))}</details>
`
}</li>
`;
}

/* What convinces; the rest is for who wants to know. */
const SHOWN_EVIDENCE = 3;

function sentences(evidence: readonly string[]): Markup | undefined {
  if (evidence.length === 0) return undefined;
  return html`<ul>${evidence.map((sentence) => html`<li>${sentence}</li>`)}</ul>
`;
}
