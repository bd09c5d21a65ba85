import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Files of a control group with what is written to them. */
export interface GroupSettings {
  readonly controller: 'memory' | 'cpu';
  readonly files: Readonly<Record<string, string>>;
}

const MOUNT = '/sys/fs/cgroup';

let made = 0;

/** A control group of version 1, for as long as it is used. */
export class CgroupV1 {
  readonly directory: string;

  constructor({ controller, files }: GroupSettings) {
    this.directory = `${MOUNT}/${controller}/evenkeel-proof-${process.pid}-${made++}`;
    mkdirSync(this.directory);
    for (const [name, text] of Object.entries(files)) writeFileSync(`${this.directory}/${name}`, text);
  }

  /** Whether groups can be made here. */
  static isPossible(): boolean {
    if (
      !existsSync(`${MOUNT}/memory/memory.limit_in_bytes`) ||
      !existsSync(`${MOUNT}/cpu/cpu.cfs_quota_us`)
    ) {
      return false;
    }
    try {
      rmdirSync(new CgroupV1({ controller: 'memory', files: {} }).directory);
      rmdirSync(new CgroupV1({ controller: 'cpu', files: {} }).directory);
      return true;
    } catch {
      return false;
    }
  }

  /** Begins a command line so that the process belongs to the group from its first instruction on. */
  get prefix(): string {
    return `echo $$ > ${this.directory}/cgroup.procs && `;
  }

  /** The kernel lets go of a group a moment after its last process has ended. */
  async remove(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        rmdirSync(this.directory);
        return;
      } catch (error) {
        if (attempt === 50) throw error;
        await sleep(20);
      }
    }
  }
}
