import type { Comparison, ReportAnomaly, ReportRecommendation, Verdict } from '../../report.ts';
import { verdictText } from '../words.ts';
import { html, type Markup } from './markup.ts';

type Sign = 'good' | 'warning' | 'critical' | 'unknown';

/** The signs that badges show, each of its own shape; drawn once in the page and used by reference. */
export const SIGNS: Markup = html`<svg class="signs" width="0" height="0" aria-hidden="true" focusable="false">
<symbol id="sign-good" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5"/><path d="M4.4 8.3l2.5 2.5 4.7-5.3"/></symbol>
<symbol id="sign-warning" viewBox="0 0 16 16"><path class="shape" d="M8 .9 15.6 15H.4z"/><path d="M8 5.6v4.2M8 12.3v.1"/></symbol>
<symbol id="sign-critical" viewBox="0 0 16 16"><path class="shape" d="M4.8.4h6.4l4.4 4.4v6.4l-4.4 4.4H4.8L.4 11.2V4.8z"/><path d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6"/></symbol>
<symbol id="sign-unknown" viewBox="0 0 16 16"><rect x=".8" y=".8" width="14.4" height="14.4" rx="3"/><path d="M4.6 8h6.8"/></symbol>
</svg>
`;

/** The state in words with a sign of its own shape: colour alone tells nothing to some. */
function badge(sign: Sign, text: string): Markup {
  return html`<span class="badge ${sign}"><svg class="sign" aria-hidden="true" focusable="false"><use href="#sign-${sign}"/></svg>${text}</span>`;
}

export function verdictBadge(verdict: Verdict): Markup {
  return badge(verdict, verdictText(verdict));
}

export function severityBadge(severity: ReportAnomaly['severity']): Markup {
  return badge(severity === 'info' ? 'unknown' : severity, severity);
}

const PRIORITY_SIGN = { low: 'unknown', medium: 'warning', high: 'warning', critical: 'critical' } as const;

export function priorityBadge(priority: ReportRecommendation['priority']): Markup {
  return badge(PRIORITY_SIGN[priority], priority);
}

const JUDGEMENT_SIGN = {
  better: 'good',
  worse: 'warning',
  changed: 'unknown',
  same: 'unknown',
  unclear: 'unknown',
  neutral: 'unknown',
} as const;

export function judgementBadge(judgement: Comparison['judgement'] | 'neutral'): Markup {
  return badge(JUDGEMENT_SIGN[judgement], judgement);
}
