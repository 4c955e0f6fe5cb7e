/**
 * Problem: a failure that is expected and answered in words. Whatever else is thrown is a bug.
 * The one table from kinds to exit codes; a script may rely on these numbers.
 */
import type { CodeOf, ProblemCode, ProblemKind } from './problem-codes.ts'

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
} as const satisfies Record<ProblemKind, number>

export const EXIT_BUG = 70

/** What each exit code says to a script; printed by `finchconn help exit-codes`. */
export const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  0: 'done, and true for all that was selected',
  [EXIT_CODES.failed]: 'failed otherwise',
  [EXIT_CODES.usage]: 'used incorrectly (flags, arguments, settings)',
  [EXIT_CODES.not_found]: 'no such customer, connection or profile, or the name is ambiguous',
  [EXIT_CODES.credentials]: 'Finch client id or secret missing or refused',
  [EXIT_CODES.reauth_needed]: 'login or permissions required, or the token is missing or refused',
  [EXIT_CODES.undetermined]: 'could not be determined (network, 5xx, rate limit); try again',
  [EXIT_CODES.unavailable]: 'store or vault unavailable, locked, or wrong key',
  [EXIT_CODES.pending]: 'still pending: the login was not finished in time',
  [EXIT_CODES.mismatch]: 'identity mismatch or damage: refused, nothing overwritten',
  [EXIT_CODES.input_needed]: 'an answer is required, and prompts are off',
  [EXIT_CODES.conflict]: 'conflict: already exists, or another process is working on it',
  [EXIT_BUG]: 'a bug in finchconn',
  [EXIT_CODES.stopped]: 'stopped by the user',
}

export interface ProblemDetails<Kind extends ProblemKind = ProblemKind> {
  /** Stable word for scripts; the kind itself where nothing finer is known. */
  readonly code?: CodeOf<Kind>
  /** What the person can do now, as a sentence or a command. */
  readonly hint?: string
  /** Finch's `Finch-Request-Id`, for its support. */
  readonly requestId?: string | null
  readonly retryable?: boolean
  readonly cause?: unknown
}

/** The type parameter only ties the code to the kind: a code that does not go with its kind is a type error. */
export class Problem<Kind extends ProblemKind = ProblemKind> extends Error {
  readonly kind: ProblemKind
  readonly code: ProblemCode
  readonly hint: string | null
  readonly requestId: string | null
  readonly retryable: boolean

  constructor(kind: Kind, message: string, details: ProblemDetails<Kind> = {}) {
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

/** The same failure with more to say: kind, code and request id stay, so that scripts see what they would have seen. */
export function retold(
  problem: Problem,
  message: string,
  details: Pick<ProblemDetails, 'hint' | 'retryable'> = {},
): Problem {
  const { kind, code, requestId } = problem
  return new Problem<ProblemKind>(kind, message, { ...details, code, requestId, cause: problem })
}

/** The person pressed Ctrl-C, or the process was asked to end. */
export function stopped(hint?: string): Problem {
  return new Problem('stopped', 'stopped', hint === undefined ? {} : { hint })
}

/** What the operating system refuses with, in words: sentence about a place, stable code, and what to do. */
const SYSTEM_TROUBLES: Readonly<Record<string, readonly [words: string, code: CodeOf<'unavailable'>, hint: string]>> = {
  ENOSPC: ['no space left on the disk of', 'disk_full', 'free some space, then run it again'],
  EDQUOT: ['your disk quota is used up at', 'disk_full', 'free some space, then run it again'],
  EFBIG: ['the file size limit is reached at', 'disk_full', 'raise the limit (ulimit -f), then run it again'],
  EROFS: ['its disk is mounted read-only:', 'read_only', 'mount it writable, or set FINCHCONN_HOME'],
  EACCES: ['permission denied:', 'read_only', 'check who owns it and its mode, or set FINCHCONN_HOME'],
  EPERM: ['operation not permitted:', 'read_only', 'check who owns it and its mode, or set FINCHCONN_HOME'],
  EIO: ['the disk reports an error at', 'disk_error', 'check the disk and its cables or volume, then run it again'],
  EMFILE: [
    'too many open files in this process at',
    'too_many_files',
    'raise the limit (ulimit -n), then run it again',
  ],
  ENFILE: ['too many open files on this machine at', 'too_many_files', 'quit other programs, then run it again'],
  ENOMEM: ['not enough memory for', 'no_memory', 'free some memory, then run it again'],
  ENAMETOOLONG: ['the path is too long:', 'store_unusable', 'set FINCHCONN_HOME to a shorter path'],
  EISDIR: ['a folder is where a file should be:', 'store_unusable', 'move it away, or set FINCHCONN_HOME'],
  ENOTDIR: ['a file is where a folder should be:', 'store_unusable', 'move it away, or set FINCHCONN_HOME'],
  ELOOP: ['a symbolic link is where a file should be:', 'store_unusable', 'move it away, or set FINCHCONN_HOME'],
  ENXIO: ['it is not a regular file:', 'store_unusable', 'move it away, or set FINCHCONN_HOME'],
}

/** Problem 7 for an error of the operating system (disk, permissions, limits); null for anything else. */
export function systemProblem(error: unknown, place?: string): Problem | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const trouble = SYSTEM_TROUBLES[String(error.code)]
  if (trouble === undefined) return null
  const [words, code, hint] = trouble
  const where = place ?? ('path' in error && typeof error.path === 'string' ? error.path : 'this machine')
  return new Problem('unavailable', `${words} ${where}`, { code, hint, cause: error })
}
