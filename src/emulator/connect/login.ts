import type { AuthMethod } from '../providers.ts'

// Finch's mock logins. The secret decides what follows; a user of any other name is refused. Beyond Finch's own
// `good_user` and `good_token` the emulator takes `good_user_2`, `good_token_2` … as accounts of other employers, because
// "the same account again" and "another account" must both be testable.

/** The second account, where one is to be named. */
export const OTHER_ACCOUNT = 'good_user_2'

export interface LoginAttempt {
  readonly user: string
  readonly secret: string
}

/** Who logged in and what is still to be asked, or null for a wrong login. */
export function tryLogin(
  method: AuthMethod,
  attempt: LoginAttempt,
): { user: string; asks: ('mfa' | 'entities')[] } | null {
  switch (method) {
    case 'oauth':
    case 'assisted':
      // Nothing is typed here; a tick may say that it is another account.
      return { user: attempt.user === OTHER_ACCOUNT ? `${method}_2` : method, asks: [] }
    case 'api_token':
      return /^good_token(_\d+)?$/.test(attempt.secret) ? { user: attempt.secret, asks: [] } : null
    case 'api_credential':
      return isGoodUser(attempt.user) && attempt.secret === 'good_pass' ? { user: attempt.user, asks: [] } : null
    case 'credential': {
      const asks = isGoodUser(attempt.user) ? afterPassword(attempt.secret) : null
      return asks === null ? null : { user: attempt.user, asks }
    }
  }
}

function afterPassword(secret: string): ('mfa' | 'entities')[] | null {
  switch (secret) {
    case 'good_pass':
      return []
    case 'mfa':
      return ['mfa']
    case 'multi_entity':
    case 'account_selection':
      return ['entities']
    case 'mfa_account_selection':
      return ['mfa', 'entities']
    default:
      return null
  }
}

function isGoodUser(user: string): boolean {
  return /^good_user(_\d+)?$/.test(user)
}

/** Any six digits will do. */
export function isOneTimeCode(text: string): boolean {
  return /^\d{6}$/.test(text.trim())
}
