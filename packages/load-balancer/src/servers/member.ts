import type { Ejection } from '../health/ejection.ts';
import type { CheckStatus, ServerChecker } from '../health/server-checker.ts';
import type { Trial } from '../health/trials.ts';
import type { Drain } from './drain.ts';
import type { Server, ServerState } from './server.ts';
import { describeServer, type ServerSettings } from './server-options.ts';
import { newRamp, type Ramp } from './slow-start.ts';

/** All that is known of one server. Times are monotonic ms. */
export class Member {
  readonly id: string;
  readonly slot: number;
  settings: ServerSettings;
  server: Server;
  state: ServerState;
  drain: Drain | undefined;

  readonly ramp: Ramp = newRamp();
  upSinceMs = Number.NEGATIVE_INFINITY;
  awaySinceMs = Number.NEGATIVE_INFINITY;

  checker: ServerChecker | undefined;
  checkStatus: CheckStatus | 'none';
  checkReason = '';

  /** The one in force, and the one before. */
  ejection: Ejection | undefined;
  lastEjection: Ejection | undefined;
  hasPassedCheckSinceEjection = false;
  /** Of the present or the last ejection. */
  trial: Trial | undefined;

  requests = 0;
  failures = 0;
  ejections = 0;
  lastFailure = '';

  constructor(id: string, slot: number, settings: ServerSettings) {
    this.id = id;
    this.slot = slot;
    this.settings = settings;
    this.server = describeServer(id, settings);
    this.checkStatus = settings.check ? 'unchecked' : 'none';
    this.state = { kind: settings.check ? 'unchecked' : 'up' };
  }

  /** Whether its requests tell of it as of any healthy server. */
  get isSteady(): boolean {
    return this.state.kind === 'up' || this.state.kind === 'unchecked';
  }

  /** When something about it changes by itself. */
  get dueMs(): number {
    return this.state.kind === 'ejected' && this.ejection ? this.ejection.untilMs : this.ramp.dueMs;
  }
}
