/** What `--debug` tells of calls to Finch: never a body, a header we sent, or a query. */
export type Trace =
  | {
      readonly kind: 'call'
      readonly method: string
      readonly path: string
      /** Finch's status, or why there is none. */
      readonly outcome: number | 'no answer'
      readonly ms: number
      readonly requestId: string | null
    }
  | { readonly kind: 'wait'; readonly ms: number; readonly attempt: number; readonly of: number }

export type Tracer = (trace: Trace) => void
