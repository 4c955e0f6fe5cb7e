import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

// Finch's own OpenAPI document as a judge of answers. It is 3.1, but says `nullable` as 3.0 did. What a success may hold
// is taken strictly: a key the document does not know is a mistake. Errors may say more than it knows.

export interface Operation {
  readonly method: string
  /** With its parameters in braces, as in the document. */
  readonly path: string
  /** Documented statuses. */
  readonly statuses: readonly number[]
  /** The body's schema, translated; undefined where the operation takes none. */
  readonly body: Schema | undefined
}

export interface FinchDocument {
  readonly operations: readonly Operation[]
  /** The documented operation a request is, if it is one. */
  find(method: string, path: string): Operation | undefined
  /** What is wrong with an answer, or nothing. */
  faults(operation: Operation, status: number, json: unknown): string[]
  /** The same for one of the document's named schemas. */
  faultsOf(schemaName: string, json: unknown): string[]
}

export type Schema = { readonly [key: string]: unknown }

const METHODS = ['get', 'post', 'put', 'delete'] as const

export function readFinchDocument(file: string): FinchDocument {
  const document = JSON.parse(readFileSync(file, 'utf8')) as Schema
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'open', components: translate(document.components, false) })
  ajv.addSchema({ $id: 'closed', components: translate(document.components, true) })
  const judges = new Map<string, ValidateFunction>()
  const operations: Operation[] = []

  for (const [path, methods] of Object.entries(document.paths as Record<string, Schema>)) {
    for (const method of METHODS) {
      const operation = methods[method] as Schema | undefined
      if (operation === undefined) continue
      const name = `${method.toUpperCase()} ${path}`
      const statuses: number[] = []
      for (const [status, response] of Object.entries(operation.responses as Record<string, Schema>)) {
        statuses.push(Number(status))
        const schema = jsonSchema(response)
        if (schema === undefined) continue
        judges.set(`${name} ${status}`, ajv.compile(translate(schema, status === '200' || status === '201') as Schema))
      }
      const body = jsonSchema(operation.requestBody as Schema | undefined)
      operations.push({
        method: method.toUpperCase(),
        path,
        statuses,
        body: body === undefined ? undefined : (translate(body, false) as Schema),
      })
    }
  }

  return {
    operations,
    find: (method, path) => operations.find((one) => one.method === method && matches(one.path, path)),
    faults: ({ method, path }, status, json) => {
      const judge = judges.get(`${method} ${path} ${status}`)
      return judge === undefined ? [] : judged(judge, json)
    },
    faultsOf: (name, json) => judged(ajv.compile({ $ref: `open#/components/schemas/${name}` }), json),
  }
}

function judged(judge: ValidateFunction, json: unknown): string[] {
  if (judge(json)) return []
  return (judge.errors ?? []).map(
    (error) => `${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`,
  )
}

function jsonSchema(part: Schema | undefined): Schema | undefined {
  const content = part?.content as Record<string, Schema> | undefined
  return content?.['application/json']?.schema as Schema | undefined
}

function matches(template: string, path: string): boolean {
  const parts = path.split('/')
  const wanted = template.split('/')
  return wanted.length === parts.length && wanted.every((part, index) => part.startsWith('{') || part === parts[index])
}

/** `nullable` becomes a type of its own; with `closed`, an object holds only what is named, unless it is made of parts. */
function translate(node: unknown, closed: boolean): unknown {
  if (Array.isArray(node)) return node.map((one) => translate(one, closed))
  if (typeof node !== 'object' || node === null) return node
  const { nullable, discriminator: _, ...rest } = node as Schema
  const inParts = Array.isArray(rest.allOf)
  const schema: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(rest)) schema[key] = translate(value, closed && !inParts)
  if (Array.isArray(rest.oneOf))
    schema.oneOf = rest.oneOf.map((one) => (isNullAlone(one) ? { type: 'null' } : translate(one, closed)))
  if (typeof rest.$ref === 'string') schema.$ref = `${closed ? 'closed' : 'open'}${rest.$ref}`
  // The 3.0 way to say it.
  if (schema.exclusiveMinimum === true) schema.exclusiveMinimum = schema.minimum
  if (closed && isSchemaOfObject(schema)) schema.additionalProperties ??= false
  return nullable === true ? { anyOf: [{ type: 'null' }, schema] } : schema
}

/** One of several, and nothing but nullable: null itself. Anywhere else it would let everything through. */
function isNullAlone(node: unknown): boolean {
  return JSON.stringify(node) === '{"nullable":true}'
}

function isSchemaOfObject(schema: Schema): boolean {
  return schema.type === 'object' && typeof schema.properties === 'object'
}
