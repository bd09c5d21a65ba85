/** How busy a server says it is in a field of its response: 0 idle, 1 as busy as it should be. */
export function readLoadReport(name: string, value: string): number | undefined {
  return name === 'x-server-load' ? load(value) : readOrca(value.trim());
}

/**
 * The formats of Envoy's ORCA: `TEXT cpu_utilization=0.3, …` and `JSON {"cpu_utilization":0.3,…}`; the application's
 * own utilization where it is given, as in gRPC's A58, the CPU's otherwise.
 */
function readOrca(value: string): number | undefined {
  const [, format, rest = ''] = /^(TEXT|JSON)\s+(.*)$/i.exec(value) ?? [];
  const metrics = format?.toUpperCase() === 'JSON' ? readJson(rest) : readText(rest);
  const application = load(metrics.application_utilization);
  return application === undefined || application === 0
    ? (load(metrics.cpu_utilization) ?? application)
    : application;
}

type Metrics = { readonly application_utilization?: unknown; readonly cpu_utilization?: unknown };

function readText(text: string): Metrics {
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=', 2).map((part) => part.trim())));
}

function readJson(text: string): Metrics {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
}

function load(value: unknown): number | undefined {
  if (typeof value === 'string' && value.trim() === '') return undefined;
  const read = typeof value === 'string' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) && read >= 0 ? read : undefined;
}
