import { printable } from '../text/printable.ts';

/*
 * A spreadsheet takes a cell that begins with one of these for a formula, and would calculate it, or call out. An
 * apostrophe before it keeps it text. A cell may begin after a semicolon or a tab too, where the spreadsheet's language
 * parts cells by those, and quotes and spaces are skipped. The apostrophe itself is among them, so that a reader can
 * take away what was added. See OWASP, "CSV Injection".
 */
const FORMULA = /(^|[;\t\n])([\s"]*)(?=[=+\-@'＝＋－＠])/g;

/** A text as a cell: always quoted (RFC 4180), with formulas made harmless. */
export function textCell(text: string): string {
  return `"${printable(text).replace(FORMULA, "$1$2'").replaceAll('"', '""')}"`;
}

/** A line of cells that are ready; a cell that has nothing to say is empty. */
export function csvLine(cells: readonly (string | undefined)[]): string {
  return `${cells.map((cell) => cell ?? '').join(',')}\r\n`;
}
