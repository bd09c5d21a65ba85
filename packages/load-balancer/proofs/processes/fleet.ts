import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What may be wrong with a process. */
export type Fault = 'killed' | 'stopped' | 'slow' | 'resets';

export const FAULTS: readonly Fault[] = ['killed', 'stopped', 'slow', 'resets'];

interface Member {
  child: ChildProcess;
  readonly port: number;
}

/** Servers that are processes of their own, on ports of the loopback that they keep. */
export class ProcessFleet {
  readonly #script: string;
  readonly #members: Member[] = [];

  constructor(script: URL) {
    this.#script = fileURLToPath(script);
  }

  get ports(): number[] {
    return this.#members.map(({ port }) => port);
  }

  async start(count: number): Promise<void> {
    this.#members.push(...(await Promise.all(Array.from({ length: count }, () => this.#spawn(0)))));
  }

  break(index: number, fault: Fault): void {
    const { child } = this.#at(index);
    if (fault === 'killed') child.kill('SIGKILL');
    else if (fault === 'stopped') child.kill('SIGSTOP');
    else child.send({ fault });
  }

  /** As good as new, on the same port. */
  async repair(index: number, fault: Fault): Promise<void> {
    const member = this.#at(index);
    if (fault === 'stopped') member.child.kill('SIGCONT');
    else if (fault !== 'killed') member.child.send({ fault: 'none' });
    else ({ child: member.child } = await this.#spawn(member.port));
  }

  stop(): void {
    // A stopped process takes no other signal.
    for (const { child } of this.#members) child.kill('SIGKILL');
  }

  async #spawn(port: number): Promise<Member> {
    const child = fork(this.#script, [String(port)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    });
    const [message] = (await once(child, 'message')) as [{ port: number }];
    return { child, port: message.port };
  }

  #at(index: number): Member {
    const member = this.#members[index];
    if (!member) throw new RangeError(`there is no process ${index}`);
    return member;
  }
}
