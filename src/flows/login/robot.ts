/** The emulator's robot employer, in the place of a browser. */

import type { App } from '../../app.ts'
import { isLoopback } from '../../config-values.ts'
import { EMULATOR_PROFILE } from '../../domain/profile.ts'
import { ROBOT_WORDS, readRobotWords } from '../../emulator/robot-words.ts'
import { Problem } from '../../problem.ts'

export function refuseRobotElsewhere({ config }: Pick<App, 'config'>): void {
  if (config.browser === 'none' || config.browser?.[0] !== 'robot' || config.profile === EMULATOR_PROFILE) return
  if (isLoopback(new URL(config.connectOrigin))) return
  throw new Problem('usage', 'the robot works only with an emulator on this machine', {
    code: 'robot_elsewhere',
    hint: 'add --profile emulator, or point FINCHCONN_API_URL and FINCHCONN_CONNECT_URL at finchconn emulator',
  })
}

/** What the local web answers to a callback that is not this login's. */
const CALLBACK_REFUSED = 400

/** Walks while we wait. Resolves with what ends the wait; never when the callback took the code, which then decides. */
export async function sendRobot(address: string, words: readonly string[], signal: AbortSignal): Promise<Problem> {
  const { walkConnect } = await import('../../emulator/robot.ts')
  const answers = readRobotWords(words)
  if ('wrong' in answers) throw new Error(`the settings let through: ${answers.wrong}`)
  const walked = await walkConnect(address, answers, signal)
  if (walked.callback !== null && walked.status !== CALLBACK_REFUSED) return new Promise(() => {})
  if (walked.ended === 'canceled')
    return new Problem('failed', 'the robot canceled the login in Finch Connect, as it was told to', {
      code: 'robot_canceled',
    })
  if (walked.callback !== null)
    return new Problem('failed', 'the robot logged in, and the callback did not take what Finch Connect sent back', {
      code: 'robot_refused',
      hint: 'Finch Connect may have left out the state or changed it: see --no-echo-state of finchconn emulator',
    })
  return new Problem(
    walked.status === 0 ? 'failed' : 'usage',
    `the robot got stuck in Finch Connect: ${walked.reason}`,
    {
      code: 'robot_stuck',
      hint: `tell it how to log in, such as --browser "robot mfa" (it knows ${Object.keys(ROBOT_WORDS).join(', ')}), or name a browser and do it yourself`,
    },
  )
}
