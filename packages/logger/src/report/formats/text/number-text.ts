/** The digits of a number, the same in every format: as JSON has them. */
export function digits(value: number): string {
  return String(value);
}

/** A ratio in per cent: `0.1234` is `12.34`. The point moves in the text, so that no digit changes. */
export function percentDigits(ratio: number): string {
  const [mantissa, exponent = '0'] = String(ratio).split('e');
  return digits(Number(`${mantissa}e${Number(exponent) + 2}`));
}

/** For reading: thousands apart and a true minus sign, `−12,345.6`. Numbers with an exponent stay as they are. */
export function grouped(number: string): string {
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(.*)$/.exec(number) ?? [];
  if (whole === '') return number;
  const minus = sign === '' ? '' : '−';
  return `${minus}${whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

/** With its sign, as changes are written: `+4`, `−3`, `0`. */
export function signed(number: string): string {
  return /^[1-9]|^0\.|^0e/.test(number) && Number(number) !== 0 ? `+${number}` : number;
}
