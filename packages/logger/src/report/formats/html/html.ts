import { createHash } from 'node:crypto';
import { AREAS } from '../../../log-record.ts';
import type { AreaReport, PerformanceReport } from '../../report.ts';
import { requireReport } from '../require-report.ts';
import { verdictText } from '../words.ts';
import { areaSection, LEGEND } from './area.ts';
import { SIGNS } from './badges.ts';
import { name, number } from './elements.ts';
import {
  anomaliesSection,
  benchmarksSection,
  eventsSection,
  notesSection,
  resourcesSection,
  trendsSection,
} from './findings.ts';
import { type Content, html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';
import { masthead, recommendationsSection, summarySection } from './summary.ts';

/**
 * The report as one page: readable offline, without scripts, with charts as inline SVG, for light and dark screens,
 * telephones, paper and screen readers. Its Content-Security-Policy allows its own style sheet, by hash, and nothing
 * else: whatever a name in the report says, nothing is run or fetched.
 *
 * @throws ConfigurationError where it is given something else than a report
 */
export function toHtml(report: PerformanceReport): string {
  requireReport('toHtml', report);
  const areas = AREAS.flatMap((area) => report.detailed[area] ?? []);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${html`<title>${report.title}: ${verdictText(report.summary.verdict)}</title>`}
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
${body(report, areas)}</html>
`;
}

function body(report: PerformanceReport, areas: readonly AreaReport[]): Markup {
  return html`<body>
<a class="skip" href="#content">Skip to the content</a>
${SIGNS}${masthead(report)}${navigation(report, areas)}<main id="content" tabindex="-1">
${summarySection(report)}${recommendationsSection(report)}${
  areas.length > 0 && LEGEND
}${areas.map((area) => areaSection(report, area))}${trendsSection(report)}${anomaliesSection(report)}${benchmarksSection(
  report,
)}${eventsSection(report)}${resourcesSection(report)}${notesSection(report)}</main>
<footer>Made by Evenkeel from recorded data. Times are in UTC. Report format ${number(report.version)}.</footer>
</body>
`;
}

function navigation(report: PerformanceReport, areas: readonly AreaReport[]): Markup {
  const link = (id: string, text: Content): Markup => html`<li><a href="#${id}">${text}</a></li>
`;
  return html`<nav aria-label="Chapters"><ul>
${link('recommendations', 'Recommendations')}${areas.map(({ area, title }) => link(`area-${area}`, name(title)))}${link(
  'trends',
  'Trends',
)}${link('anomalies', 'Anomalies')}${report.benchmarks.length > 0 && link('benchmarks', 'Benchmarks')}${
  report.events.length > 0 && link('events', 'Events')
}${(report.resourceUsage?.length ?? 0) > 0 && link('resources', 'Resource usage')}${report.notes.length > 0 && link('notes', 'Notes')}</ul></nav>
`;
}

/* Only what the page brings along: its style sheet and its icon. */
function policy(): string {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
}

/* A boat on an even keel. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#123b5d"/>' +
    '<path d="M16 4v15H7zM18 8l7 11h-7zM5 21h22l-4 6H9z" fill="#fff"/></svg>',
)}`;
