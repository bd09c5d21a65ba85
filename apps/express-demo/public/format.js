/* How numbers are written. */

export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

export function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

export function fixed(value, digits) {
  return typeof value === 'number' ? value.toFixed(digits) : '–';
}

export function percent(ratio, digits = 1) {
  return typeof ratio === 'number' ? `${(ratio * 100).toFixed(digits)}%` : '–';
}

export function megabytes(bytes, digits) {
  return `${fixed(bytes / 2 ** 20, digits)} MB`;
}
