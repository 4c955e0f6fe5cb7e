/** Answers that Finch's own document permits, made up from its schemas: what a client has to live with. */
import fc from 'fast-check'

export type Schema = { readonly [key: string]: unknown }

export interface FinchSchemas {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** Ids are UUIDs at Finch, although the document calls some of them plain strings; a provider's id is a word. */
const KNOWN: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id: fc.uuid(),
  connection_id: fc.uuid(),
  individual_id: fc.uuid(),
  session_id: fc.uuid(),
  // Nothing like an id: whatever repeats a part of the token is taken out of an answer.
  access_token: fc.stringMatching(/^[G-Z]{40}$/),
  provider_id: fc.constantFrom('gusto', 'adp_run', 'a_provider_of_tomorrow'),
  customer_id: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
}

/** Beyond this depth whatever may be absent is. */
const DEEPEST = 6

export function permitted(document: FinchSchemas, schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const inner = (one: unknown) => permitted(document, one as Schema, depth + 1)
  const made = (): fc.Arbitrary<unknown> => {
    if (typeof schema.$ref === 'string') {
      const name = schema.$ref.split('/').at(-1) ?? ''
      const named = document.components.schemas[name]
      if (named === undefined) throw new Error(`the document has no schema ${name}`)
      return permitted(document, named, depth)
    }
    const choices = schema.oneOf ?? schema.anyOf
    if (Array.isArray(choices)) return fc.oneof(...choices.map(inner))
    if (Array.isArray(schema.allOf))
      return fc.tuple(...schema.allOf.map(inner)).map((parts) => Object.assign({}, ...(parts as object[])))
    if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
    if (schema.properties !== undefined) return objectOf(document, schema, depth)
    switch (schema.type) {
      case 'string':
        return stringOf(schema)
      case 'integer':
        return fc.integer({ min: Number(schema.minimum ?? -1_000), max: Number(schema.maximum ?? 100_000) })
      case 'number':
        return fc.double({ noNaN: true, noDefaultInfinity: true, min: Number(schema.minimum ?? -1e6), max: 1e9 })
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      case 'array':
        return fc.array(inner(schema.items ?? {}), { maxLength: depth > DEEPEST ? 0 : 4 })
      case 'object':
        return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })
      default:
        // No type: anything at all.
        return fc.jsonValue({ maxDepth: 2 })
    }
  }
  return schema.nullable === true ? fc.option(made(), { freq: 4 }) : made()
}

function objectOf(document: FinchSchemas, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const properties = schema.properties as Readonly<Record<string, Schema>>
  const required = new Set((schema.required as string[] | undefined) ?? [])
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const known = KNOWN[name]
      const value = known === undefined ? permitted(document, property, depth + 1) : orNull(property, known)
      return [name, value]
    }),
  )
  const record = fc.record(fields, { requiredKeys: depth > DEEPEST ? [] : [...required] })
  // Finch adds fields every month.
  const news = fc.dictionary(fc.stringMatching(/^new_[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 })
  return fc.tuple(record, news).map(([one, more]) => ({ ...more, ...(one as object) }))
}

function orNull(schema: Schema, value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return schema.nullable === true ? fc.option(value, { freq: 4 }) : value
}

function stringOf({ format }: Schema): fc.Arbitrary<string> {
  switch (format) {
    case 'uuid':
      return fc.uuid()
    case 'email':
      return fc.emailAddress()
    case 'uri':
      return fc.webUrl()
    case 'date':
      return date().map((day) => day.slice(0, 10))
    case 'date-time':
      return date()
    default:
      return fc.string({ unit: 'binary', maxLength: 30 })
  }
}

function date(): fc.Arbitrary<string> {
  return fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((at) => at.toISOString())
}
