/** The profile that is there without any setup: a Finch on this machine, with its own store. */
export const EMULATOR_PROFILE = 'emulator'
