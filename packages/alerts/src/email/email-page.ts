import type { TrackedAlert } from '../alert-state.ts';
import type { Message } from '../channels/channel.ts';
import {
  alertBadge,
  countsInWords,
  describeLabels,
  factsOf,
  sentenceOf,
  unlisted,
} from '../templates/default-words.ts';
import { oneLine, plainText } from '../templates/plain-text.ts';
import { hasDefaultText } from '../templates/write-message.ts';

/* Dark enough on white, and with white on them, for 4.5 to 1 (WCAG 2.2, 1.4.3). */
const COLOURS = { critical: '#b3261e', warning: '#8a5300', info: '#1f5fa8', resolved: '#1b6e3c' } as const;

const MAX_TEXT_LENGTH = 100_000;
const MAX_NAME_LENGTH = 200;

/**
 * The HTML part of a mail: the report's own page, the alerts as cards, or the text. Mail programs know tables and
 * styles on elements, and little else.
 */
export function emailPage(message: Message): string {
  if (message.html !== undefined) return message.html;
  const content = hasDefaultText(message)
    ? alertCards(message)
    : `<div style="white-space:pre-wrap">${escapeHtml(plainText(message.text, MAX_TEXT_LENGTH))}</div>`;
  const subject = escapeHtml(oneLine(message.subject, MAX_NAME_LENGTH));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${subject}</title>
</head>
<body style="margin:0;padding:24px 12px;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div role="main" style="max-width:640px;margin:0 auto">
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${subject}</h1>
${content}
</div>
</body>
</html>
`;
}

function alertCards(message: Message): string {
  const group = describeLabels(message.groupLabels);
  const parts = [
    paragraph(`${countsInWords(message)}${group && ` (${group})`}`),
    ...(message.level > 0
      ? [paragraph(`Nobody has acknowledged this yet: escalation level ${message.level}.`)]
      : []),
    ...message.alerts.map(card),
  ];
  const missing = unlisted(message);
  if (missing > 0) parts.push(paragraph(`and ${missing} more`));
  return parts.join('\n');
}

function card(alert: TrackedAlert): string {
  const colour = COLOURS[alert.state === 'resolved' ? 'resolved' : alert.severity];
  const labels = describeLabels(alert.labels);
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 12px;border-collapse:collapse">
<tr><td style="padding:12px 16px;border:1px solid #8888;border-left:6px solid ${colour}">
<h2 style="margin:0 0 4px;font-size:16px;line-height:1.4"><span style="padding:1px 8px;border-radius:3px;background:${colour};color:#ffffff;font-size:12px;letter-spacing:.04em">${alertBadge(alert)}</span> ${escapeHtml(oneLine(alert.name, MAX_NAME_LENGTH))}</h2>
${paragraph(sentenceOf(alert), 4)}
${labels && paragraph(labels, 4, 'font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere')}
${paragraph(factsOf(alert).join(' · '), 0, 'font-size:13px;opacity:.8')}
</td></tr>
</table>`;
}

function paragraph(text: string, marginPx = 16, style = ''): string {
  return `<p style="margin:0 0 ${marginPx}px;${style}">${escapeHtml(text)}</p>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
