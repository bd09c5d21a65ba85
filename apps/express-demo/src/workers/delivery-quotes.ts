import { EvenkeelError } from '@evenkeel/core';
import type { LoadBalancer } from '@evenkeel/load-balancer';
import { type BalancedFetch, balancedFetch } from '@evenkeel/load-balancer/http';
import { z } from 'zod';
import type { QuoteRequest } from './delivery-quote.ts';

/* A worker that has begun to answer and gets stuck; the balancer's own time-out ends when the answer begins. */
const BODY_TIMEOUT_MS = 1000;

const quote = z.object({
  /** Who has made it. */
  worker: z.string(),
  options: z.array(z.object({}).loose()),
});

export type Quote = z.output<typeof quote>;

/** Quotes of the workers: asking twice is as good as asking once, so that a worker that dies fails no request. */
export class DeliveryQuotes {
  readonly #fetch: BalancedFetch;

  constructor(balancer: LoadBalancer) {
    this.#fetch = balancedFetch(balancer, { bodyTimeout: BODY_TIMEOUT_MS });
  }

  /** Rejects where no worker can answer. */
  async quote({ name, priceCents, postcode }: QuoteRequest): Promise<Quote> {
    const query = new URLSearchParams({ name, priceCents: String(priceCents), postcode });
    const response = await this.#fetch(`/quote?${query}`);
    const body = await response.json();
    if (response.ok) return quote.parse(body);
    throw new EvenkeelError(`a worker answered with status ${response.status}`, {
      code: 'UNEXPECTED_ANSWER',
    });
  }

  /** Closes the connections to the workers. Idempotent. */
  stop(): Promise<void> {
    return this.#fetch.stop();
  }
}
