import type { RobotAnswers } from './robot.ts'

// What may be said to the robot employer on a command line, such as `robot good_user_2 multi_entity`.

interface RobotWord {
  readonly answers: RobotAnswers
  readonly meaning: string
}

/** In the order they are listed for people. */
export const ROBOT_WORDS: Readonly<Record<string, RobotWord>> = {
  good_pass: { answers: { secret: 'good_pass' }, meaning: 'logs in with a password (the default)' },
  mfa: { answers: { secret: 'mfa' }, meaning: 'is asked for a one-time code' },
  multi_entity: { answers: { secret: 'multi_entity' }, meaning: 'connects three entities' },
  account_selection: { answers: { secret: 'account_selection' }, meaning: 'the same, by its older name' },
  mfa_account_selection: { answers: { secret: 'mfa_account_selection' }, meaning: 'one-time code, then entities' },
  good_user_2: { answers: { user: 'good_user_2' }, meaning: "logs in to another employer's account" },
  cancel: { answers: { cancel: true }, meaning: 'cancels on the first page' },
}

/** The answers that `words` stand for, or what is wrong with them, as a sentence. */
export function readRobotWords(words: readonly string[]): RobotAnswers | { readonly wrong: string } {
  let answers: RobotAnswers = {}
  for (const word of words) {
    const known = Object.hasOwn(ROBOT_WORDS, word) ? ROBOT_WORDS[word] : undefined
    if (known === undefined) {
      return { wrong: `unknown word "${word}" for the robot; use: ${Object.keys(ROBOT_WORDS).join(', ')}` }
    }
    if (Object.keys(known.answers).some((key) => key in answers)) {
      return { wrong: `the robot cannot follow both "${word}" and a word before it` }
    }
    answers = { ...answers, ...known.answers }
  }
  return answers
}
