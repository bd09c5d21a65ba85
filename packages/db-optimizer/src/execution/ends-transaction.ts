const COMMAND =
  /(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b/iy;

/**
 * Whether a statement begins or ends a transaction, savepoints left aside, by its first words. A guard against a slip,
 * not against intent: after each statement the server's own word is asked for.
 */
export function endsTransaction(text: string): boolean {
  COMMAND.lastIndex = firstWord(text);
  return COMMAND.test(text);
}

/** Where it is, behind white space and comments; in one pass. */
function firstWord(text: string): number {
  let at = 0;
  for (;;) {
    while (/\s/.test(text.charAt(at))) at += 1;
    const isLine = text.startsWith('--', at);
    if (!isLine && !text.startsWith('/*', at)) return at;
    const end = isLine ? text.indexOf('\n', at) : text.indexOf('*/', at + 2);
    if (end < 0) return text.length;
    at = end + (isLine ? 1 : 2);
  }
}
