import { ROBOT_WORDS } from '../emulator/robot-words.ts'

const width = Math.max(...Object.keys(ROBOT_WORDS).map((word) => word.length))
const lines = Object.entries(ROBOT_WORDS).map(([word, { meaning }]) => `  ${word.padEnd(width)}  ${meaning}`)

/** Shown under the options of the commands that open a browser. */
export const ROBOT_HELP = `
With an emulator on this machine, --browser robot lets a robot employer log in. How it does so can be added, as in
--browser "robot good_user_2 mfa":
${lines.join('\n')}`
