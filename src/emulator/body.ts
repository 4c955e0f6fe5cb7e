import * as v from 'valibot'
import { refuse } from './refusal.ts'

/** The checked body of a request; a refusal names the first field that is wrong. Unknown fields are let through, as Finch does. */
export function readBody<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  if (body === undefined) throw refuse.invalidRequest('A JSON body is required.')
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue)
  throw refuse.invalidRequest(field === null ? issue.message : `${field}: ${issue.message}`)
}
