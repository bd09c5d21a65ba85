export { toCsv } from './csv/csv.ts';
export { toHtml } from './html/html.ts';
export { parseReport, toJson } from './json.ts';
export { toMarkdown } from './markdown/markdown.ts';
