import fc from 'fast-check';

/* What ends a line, tag, string or header, steers a terminal, is half a character, or has a meaning in some format. */
const UNITS = [
  ...'aZ09 _-.,:;=+*~`\'"<>&%/\\()[]{}@#|$!?\t\n\r\u0000\u0007\u001b\u007f\u009b\u2028\u2029\u202e\u2066\u200b\ufeffé\u0301',
  '\r\n',
  '😀',
  '\ud83d',
  '\ude00',
  '<!channel>',
  '&amp;',
  '__proto__',
  '[hidden]',
];

/** Texts that somebody would make up to do harm. */
export function hostileText(maxLength = 60): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...UNITS), maxLength });
}
