export { type HealthFormat, negotiate } from './negotiate.ts';
export { type ProbeRequest, readProbeRequest } from './probe-request.ts';
export { type RenderedHealth, type RenderOptions, renderHealth, type ServiceInfo } from './render-health.ts';
