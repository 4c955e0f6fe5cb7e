import * as v from 'valibot'

/** What Finch's documents leave open, as switches: a client should live with every setting. */
export interface EmulatorRules {
  /** When a new session is refused with `connection_already_exists`: the customer has any live connection, has one with the same provider, or never. */
  alreadyExists: 'customer' | 'customer_provider' | 'never'
  /** Whether tokens from before a reauthentication still open anything. */
  oldToken: 'works' | 'refused'
  /** Whether `state` comes back on the redirect. */
  echoState: boolean
  clientType: 'sandbox' | 'development' | 'production'
  /** Whether the published rate limits hold. */
  rateLimits: boolean
  /** Whether a request without `Finch-API-Version` is refused. A wrong version always is. */
  versionHeader: 'required' | 'optional'
  /** What a token of several entities gets that names none: the first one's data, or a refusal. */
  missingEntity: 'first' | 'refuse'
}

export const DEFAULT_RULES: Readonly<EmulatorRules> = Object.freeze({
  alreadyExists: 'customer',
  oldToken: 'works',
  echoState: true,
  clientType: 'sandbox',
  rateLimits: true,
  versionHeader: 'required',
  missingEntity: 'first',
})

const AllRules = v.strictObject({
  alreadyExists: v.picklist(['customer', 'customer_provider', 'never']),
  oldToken: v.picklist(['works', 'refused']),
  echoState: v.boolean(),
  clientType: v.picklist(['sandbox', 'development', 'production']),
  rateLimits: v.boolean(),
  versionHeader: v.picklist(['required', 'optional']),
  missingEntity: v.picklist(['first', 'refuse']),
})

/** Some of the rules, as somebody sends them to change them. */
export const SomeRules = v.partial(AllRules)
