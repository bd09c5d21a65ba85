/** What a request was for. Other fields may be there; they are not looked at. */
export interface RequestContext {
  /** What the request is counted under: a name of which there are few, never a raw URL. */
  readonly endpoint?: string | undefined;
  /** Stands for `endpoint` where that is absent: the pattern of the matched route, `/users/:id`. */
  readonly route?: string | undefined;
  /** Goes before the endpoint: `GET /users/:id`. */
  readonly method?: string | undefined;
  readonly [other: string]: unknown;
}

/** A request that was counted. */
export interface RecordedRequest {
  readonly success: boolean;
  readonly durationMs: number;
  /** As it was given. */
  readonly context: RequestContext | undefined;
}
