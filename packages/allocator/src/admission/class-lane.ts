import { OverloadDetector } from './overload-detector.ts';
import { REFUSAL_REASONS, type RefusalReason } from './request-class.ts';
import { TicketQueue } from './ticket-queue.ts';

/** What there is once for each class of work. */
export class ClassLane {
  readonly queue = new TicketQueue();
  readonly detector = new OverloadDetector();
  arrived = 0;
  started = 0;
  /** Whether its overload was told. */
  wasOverloaded = false;
  readonly rejected: Record<RefusalReason, number> = Object.fromEntries(
    REFUSAL_REASONS.map((reason) => [reason, 0]),
    // Built from the list that the type is derived from.
  ) as Record<RefusalReason, number>;
}
