import type { ResourceReading, ResourceSensor } from '../pressure/resource-sensor.ts';
import { browserGlobals, type PageMemory } from './browser-globals.ts';

/**
 * The JavaScript heap of a page, of the limit at which the browser ends it. Chromium alone tells, and to pages
 * that are not cross-origin isolated only roughly.
 */
export class PageHeapSensor implements ResourceSensor {
  readonly resource = 'memory';

  static isSupported(): boolean {
    return pageMemory() !== undefined;
  }

  read(): ResourceReading | undefined {
    const memory = pageMemory();
    if (!memory) return undefined;
    const { usedJSHeapSize: usedBytes, jsHeapSizeLimit: limitBytes } = memory;
    return { utilization: usedBytes / limitBytes, evidence: { usedBytes, limitBytes, source: 'heap' } };
  }
}

function pageMemory(): PageMemory | undefined {
  const memory = browserGlobals().performance?.memory;
  return memory && memory.jsHeapSizeLimit > 0 && memory.usedJSHeapSize >= 0 ? memory : undefined;
}
