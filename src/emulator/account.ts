/** Which test account a user is, from 1: `good_user` and `good_token` are the first, `good_user_2` is the second. */
export function accountNumber(user: string): number {
  return Number(/_(\d+)$/.exec(user)?.[1] ?? 1)
}

/** An employer's own account is the first; every other belongs to another employer. */
export function isOwnAccount(user: string): boolean {
  return accountNumber(user) === 1
}
