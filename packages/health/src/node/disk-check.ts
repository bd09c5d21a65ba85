import { statfs } from 'node:fs/promises';
import { formatBytes, option, readOptions, readValue } from '@evenkeel/core';
import type { CheckResult, HealthCheck } from '../check.ts';
import { levelOf, requireOrder } from './thresholds.ts';

/** Options of {@link diskCheck}. */
export interface DiskCheckOptions {
  /** Used part from which on the check warns. @defaultValue 0.85 */
  readonly warning?: number;
  /** Used part from which on the check is critical. @defaultValue 0.95 */
  readonly critical?: number;
}

/**
 * Judges the file system that holds `path` by its used part, as `df` counts it: of the space that this process
 * may use, without what is reserved for root. A path that cannot be read is critical.
 *
 * @throws ConfigurationError
 */
export function diskCheck(path: string, options: DiskCheckOptions = {}): HealthCheck {
  readValue('diskCheck', 'path', path, option.string());
  const { warning, critical } = readOptions('diskCheck', options, {
    warning: option.number({ min: 0, max: 1 }).default(0.85),
    critical: option.number({ min: 0, max: 1 }).default(0.95),
  });
  requireOrder('diskCheck', { warning, critical });
  const check = async (): Promise<CheckResult> => {
    const { bsize, blocks, bfree, bavail } = await statfs(path);
    const usedBytes = (blocks - bfree) * bsize;
    const availableBytes = bavail * bsize;
    const totalBytes = usedBytes + availableBytes;
    // Pseudo file systems have no blocks, and cannot fill.
    const ratio = totalBytes === 0 ? 0 : usedBytes / totalBytes;
    return {
      status: levelOf(ratio, { warning, critical }),
      message: `${(ratio * 100).toFixed(1)} % used, ${formatBytes(availableBytes)} left`,
      details: { usedBytes, availableBytes, ratio },
    };
  };
  return Object.assign(check, { componentType: 'system' as const });
}
