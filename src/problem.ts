/**
 * Problem: a failure that is expected and answered in words. Whatever else is thrown is a bug.
 * The one table from kinds to exit codes; a script may rely on these numbers.
 */
export const EXIT_CODES = {
  failed: 1,
  usage: 2,
  not_found: 3,
  credentials: 4,
  reauth_needed: 5,
  undetermined: 6,
  unavailable: 7,
  pending: 8,
  mismatch: 9,
  input_needed: 10,
  conflict: 11,
  stopped: 130,
} as const

export const EXIT_BUG = 70

export type ProblemKind = keyof typeof EXIT_CODES

export interface ProblemDetails {
  /** Stable word for scripts; the kind itself where nothing finer is known. */
  readonly code?: string
  /** What the person can do now, as a sentence or a command. */
  readonly hint?: string
  /** Finch's `Finch-Request-Id`, for its support. */
  readonly requestId?: string | null
  readonly retryable?: boolean
  readonly cause?: unknown
}

export class Problem extends Error {
  readonly kind: ProblemKind
  readonly code: string
  readonly hint: string | null
  readonly requestId: string | null
  readonly retryable: boolean

  constructor(kind: ProblemKind, message: string, details: ProblemDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'Problem'
    this.kind = kind
    this.code = details.code ?? kind
    this.hint = details.hint ?? null
    this.requestId = details.requestId ?? null
    this.retryable = details.retryable ?? (kind === 'undetermined' || kind === 'pending')
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind]
  }
}

/** The person pressed Ctrl-C, or the process was asked to end. */
export function stopped(hint?: string): Problem {
  return new Problem('stopped', 'stopped', hint === undefined ? {} : { hint })
}
