/** A report on its way to people. */
export interface ReportMessage {
  readonly subject: string;
  /** Markdown that reads well as plain text. */
  readonly text: string;
  /** One whole page. */
  readonly html: string;
  readonly severity: 'info' | 'warning' | 'critical';
}

/**
 * Brings reports to people; `AlertManager` of `@evenkeel/alerts` is one. Resolves when it has taken charge of the
 * message, not when it has arrived.
 */
export interface ReportDelivery {
  /** @param recipients names of channels or addresses, as the delivery understands them */
  deliverReport(message: ReportMessage, recipients: readonly string[]): Promise<void>;
}
