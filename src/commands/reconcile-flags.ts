/** The options of `reconcile`, for what does its work and what prints its answer. */
export interface ReconcileFlags {
  readonly customer?: string
  readonly people?: string
  readonly allowRepeats?: boolean
  readonly skipBad?: boolean
  readonly strict?: boolean
  readonly explain?: string
  readonly showPii?: boolean
  readonly out?: string
  readonly csv?: boolean
  readonly json?: boolean
}
