import type { IncomingHttpHeaders } from 'node:http';

/* Units of `grpc-timeout`, in ms: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const GRPC_UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/**
 * How long the client will wait, in ms, if it says so: by `grpc-timeout` (`200m`), by Envoy's
 * `x-envoy-expected-rq-timeout-ms` (`200`) or by `prefer: wait=10` (seconds, RFC 7240). Junk is no word, and
 * neither is `wait=0`: with it a client asks to be told soon that the work goes on, not to have none done.
 */
export function statedPatienceMs(headers: IncomingHttpHeaders): number | undefined {
  const grpc = headers['grpc-timeout'];
  if (typeof grpc === 'string') {
    const match = /^(\d{1,8})([HMSmun])$/.exec(grpc);
    if (match) return Number(match[1]) * (GRPC_UNIT_MS[match[2] ?? ''] ?? Number.NaN);
  }
  const envoy = headers['x-envoy-expected-rq-timeout-ms'];
  if (typeof envoy === 'string' && /^\d{1,9}$/.test(envoy)) return Number(envoy);
  const { prefer } = headers;
  if (prefer !== undefined) {
    const match = /(?:^|[,;])\s*wait\s*=\s*([1-9]\d{0,5})\s*(?:$|[,;])/i.exec(String(prefer));
    if (match) return Number(match[1]) * 1000;
  }
  return undefined;
}
