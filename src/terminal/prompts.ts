/** The one door to inquirer, loaded when a question is asked. Questions go to stderr: stdout is for the answer. */
import { Secret } from '../domain/secret.ts'
import { Problem, stopped } from '../problem.ts'
import { safe } from './text.ts'

export interface Choice<T> {
  readonly name: string
  readonly value: T
  /** What typing is compared with, where the name is cut. */
  readonly find?: string
  /** Shown, but not to be chosen; why not. */
  readonly disabled?: string
}

export interface Prompts {
  /** Somebody is there to answer. */
  readonly available: boolean
  /** `until` takes the question back: the answer is then the fallback. */
  confirm(question: string, fallback?: boolean, until?: AbortSignal): Promise<boolean>
  ask(question: string, options?: { fallback?: string; check?: (answer: string) => unknown }): Promise<string>
  askSecret(question: string, check?: (answer: string) => unknown): Promise<Secret>
  choose<T>(question: string, choices: readonly Choice<T>[]): Promise<T>
  /** As `choose`, for lists that may be long: typing narrows them down. */
  search<T>(question: string, choices: readonly Choice<T>[]): Promise<T>
}

export interface PromptOptions {
  /** False: every question becomes Problem 10, which names what was missing. */
  readonly person: boolean
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream & { readonly rows?: number | undefined }
  readonly signal: AbortSignal
}

export function openPrompts({ person, input, output, signal }: PromptOptions): Prompts {
  async function asked<A>(question: Record<string, unknown>, until?: AbortSignal): Promise<A> {
    if (!person) {
      throw new Problem(
        'input_needed',
        `an answer is required (running without prompts): ${String(question.message)}`,
        {
          hint: 'give it with a flag, or run this on a terminal without --no-input',
        },
      )
    }
    const { default: inquirer } = await import('inquirer')
    const either = until === undefined ? signal : AbortSignal.any([signal, until])
    const prompt = inquirer.createPromptModule({ input, output, signal: either })
    try {
      const { answer } = await prompt([{ ...question, name: 'answer' } as never])
      return answer as A
    } catch (error) {
      if (until?.aborted && !signal.aborted) return question.default as A
      if (error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)) throw stopped()
      throw error
    }
  }

  const named = <T>(choices: readonly Choice<T>[]) => choices.map(safely)

  return {
    available: person,
    confirm: (question, fallback = false, until) =>
      asked({ type: 'confirm', message: safe(question), default: fallback }, until),
    ask: (question, { fallback, check } = {}) =>
      asked({
        type: 'input',
        message: safe(question),
        validate: validator(check),
        ...(fallback === undefined ? {} : { default: fallback }),
      }),
    askSecret: async (question, check) =>
      new Secret(
        await asked<string>({ type: 'password', message: safe(question), mask: '*', validate: validator(check) }),
      ),
    choose: (question, choices) =>
      asked({ type: 'select', message: safe(question), choices: named(choices), ...page(output.rows) }),
    search: (question, choices) =>
      asked({
        type: 'search',
        message: safe(question),
        source: (typed: string | undefined) => named(matching(choices, typed ?? '')),
        ...page(output.rows),
      }),
  }
}

/** As many choices at once as a screen takes, the question and its help beside them. */
function page(rows = 24): { pageSize: number; loop: boolean } {
  return { pageSize: Math.max(5, rows - 4), loop: false }
}

function matching<T>(choices: readonly Choice<T>[], typed: string): readonly Choice<T>[] {
  const words = typed.toLowerCase().split(/\s+/)
  return choices.filter(({ name, find = name }) => words.every((word) => find.toLowerCase().includes(word)))
}

function safely<T>({ name, value, disabled }: Choice<T>): Choice<T> {
  return { name: safe(name), value, ...(disabled === undefined ? {} : { disabled: safe(disabled) }) }
}

/** A wrong answer is told and the question asked again: nobody loses the answers before it. */
function validator(check: ((answer: string) => unknown) | undefined) {
  return (answer: string): true | string => {
    try {
      check?.(answer)
      return true
    } catch (error) {
      if (error instanceof Problem) return error.message
      throw error
    }
  }
}
