/** Failures in words: the only place that prints a Problem, or a bug. */

import { EXIT_BUG, Problem } from '../problem.ts'
import { bold, dim, red, text } from '../terminal/text.ts'
import type { Context } from './context.ts'
import { optionWords } from './option-words.ts'

const WHERE_TO_REPORT = 'https://github.com/finchconn/finchconn/issues'

type Teller = Pick<Context, 'terminal' | 'spell'>

/** Prints what ended the run, as the one document under `--json`, and gives its exit code. */
export function tellFailure(failure: unknown, context: Teller & Pick<Context, 'host'>): number {
  const json = optionWords(context.host.argv).includes('--json')
  if (!(failure instanceof Problem)) return tellBug(failure, context, json)
  if (json) context.terminal.json({ error: problemJson(failure, context) })
  else sayProblem(failure, context)
  return failure.exitCode
}

export function sayProblem({ message, hint, requestId }: Problem, { terminal, spell }: Teller): void {
  terminal.say(text`${red(bold('finchconn:'))} ${message}`)
  if (hint !== null) terminal.say(text`${dim('hint:')} ${spell(hint)}`)
  if (requestId !== null) terminal.say(dim(text`Finch's request id: ${requestId}`))
}

function problemJson({ code, message, hint, requestId, retryable }: Problem, { spell }: Teller) {
  return { code, message, hint: hint === null ? null : spell(hint), request_id: requestId, retryable }
}

function tellBug(bug: unknown, { terminal }: Teller, json: boolean): number {
  const stack = bug instanceof Error ? (bug.stack ?? bug.message) : String(bug)
  if (json)
    terminal.json({
      error: {
        code: 'bug',
        message: 'a bug in finchconn',
        hint: `report it: ${WHERE_TO_REPORT}`,
        request_id: null,
        retryable: false,
      },
    })
  terminal.say(red('finchconn: this is a bug in finchconn, not your mistake.'))
  for (const line of stack.split('\n')) terminal.say(dim(line))
  terminal.say(text`Please report it and include the lines above: ${WHERE_TO_REPORT}`)
  return EXIT_BUG
}
