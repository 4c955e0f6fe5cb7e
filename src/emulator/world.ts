import * as v from 'valibot'
import { DEFAULT_RULES, type EmulatorRules, SomeRules } from './rules.ts'
import { emptyState, type State } from './state.ts'
import { readStateFile, StateFailure, stampOf, sweepDrafts, writeStateFile } from './state-file.ts'

// The state in memory and, when there is a file, its copy on disk. Several emulators may share one file: whoever
// works on the state first looks whether somebody else has written, and writes before letting go.

export interface World {
  /** Runs `work` on the newest state, alone, and keeps what it changed. `work` must not wait for anything. */
  change<T>(work: (state: State) => T): T
}

export interface WorldOptions {
  readonly stateFile?: string | undefined
  readonly exclusively?: (<T>(work: () => T) => T) | undefined
  /** Laid over what the file remembers. */
  readonly rules?: Partial<EmulatorRules> | undefined
}

/** Opens or makes the state file (0600), or a world in memory. A file that is not a state file is refused, not overwritten. */
export function openWorld(options: WorldOptions): World {
  const file = options.stateFile
  const exclusively = options.exclusively ?? ((work) => work())
  let state = emptyState({ ...DEFAULT_RULES })
  let text: string | null = null
  let seen = ''

  function load(path: string): void {
    const stamp = stampOf(path)
    if (stamp === '' || stamp === seen) return
    text = readStateFile(path)
    state = parseState(text ?? '', path)
    seen = stamp
  }

  function save(path: string): void {
    const next = JSON.stringify(state)
    if (next === text) return
    try {
      writeStateFile(path, next)
    } catch (error) {
      // What is not on the disk has not happened.
      state = text === null ? emptyState({ ...DEFAULT_RULES }) : parseState(text, path)
      throw error
    }
    text = next
    seen = stampOf(path)
  }

  function change<T>(work: (state: State) => T): T {
    return exclusively(() => {
      if (file === undefined) return work(state)
      load(file)
      try {
        return work(state)
      } finally {
        // A refused request has changed nothing but the counts of the address limit.
        save(file)
      }
    })
  }

  change((fresh) => Object.assign(fresh.rules, options.rules))
  if (file !== undefined) sweepDrafts(file, Date.now())
  return { change }
}

function parseState(text: string, path: string): State {
  const anything = v.looseObject({})
  const Shape = v.looseObject({
    format: v.literal(1),
    rules: SomeRules,
    sessions: anything,
    visits: anything,
    codes: anything,
    connections: anything,
    tokens: anything,
    jobs: v.optional(anything, {}),
    traffic: anything,
    outbox: v.optional(v.array(anything), []),
  })
  try {
    return upgraded(v.parse(Shape, JSON.parse(text)) as unknown as State)
  } catch (cause) {
    throw new StateFailure('damaged', path, cause)
  }
}

/** A file of an older emulator lacks what that did not know. */
function upgraded(state: State): State {
  const connections = Object.fromEntries(
    Object.entries(state.connections).map(([id, connection]) => [
      id,
      { ...connection, benefits: connection.benefits ?? {}, itemRules: connection.itemRules ?? {} },
    ]),
  )
  for (const { pending, shown } of Object.values(connections)) {
    pending.payments ??= {}
    shown.payments ??= {}
  }
  return { ...state, connections, rules: { ...DEFAULT_RULES, ...state.rules } }
}
