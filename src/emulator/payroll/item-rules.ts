import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { readBody } from '../body.ts'
import { type Answer, type DataCall, ok } from '../call.ts'
import { refuse } from '../refusal.ts'
import type { Connection, Entity } from '../state.ts'
import type { PayStatement } from './pay.ts'

// Labels that an application puts on the lines of pay statements: a line that meets all conditions of a rule carries
// the rule's metadata, on every pay day the rule is in force.

export interface ItemRule {
  readonly id: string
  readonly entityId: string
  readonly priority: number
  /** Milliseconds. */
  readonly createdAt: number
  updatedAt: number
  from: string | null
  until: string | null
  conditions: readonly Condition[]
  metadata: Readonly<Record<string, unknown>>
}

interface Condition {
  readonly field: string
  readonly operator: 'equals'
  readonly value: string
}

const day = v.nullish(v.pipe(v.string(), v.isoDate()))
const RuleBody = v.looseObject({
  effective_start_date: day,
  effective_end_date: day,
  conditions: v.optional(
    v.pipe(v.array(v.object({ field: v.string(), operator: v.literal('equals'), value: v.string() })), v.minLength(1)),
  ),
  attributes: v.optional(v.looseObject({ metadata: v.optional(v.record(v.string(), v.unknown())) })),
  entity_type: v.optional(v.literal('pay_statement_item')),
})

/** `POST /employer/pay-statement-item/rule` */
export function createItemRule(call: DataCall): Answer {
  const body = readBody(RuleBody, call.body ?? {})
  const rule: ItemRule = {
    id: randomUUID(),
    entityId: call.entity.id,
    priority: rulesOf(call.connection, call.entity).length + 1,
    createdAt: call.now,
    updatedAt: call.now,
    from: body.effective_start_date ?? null,
    until: body.effective_end_date ?? null,
    conditions: body.conditions ?? [],
    metadata: body.attributes?.metadata ?? {},
  }
  call.connection.itemRules[rule.id] = rule
  return { status: 201, json: describe(rule) }
}

/** `GET /employer/pay-statement-item/rule` */
export function listItemRules(call: DataCall): Answer {
  return ok({ responses: rulesOf(call.connection, call.entity).map(describe) })
}

/** `PUT /employer/pay-statement-item/rule/{id}`: what is not sent stays. */
export function updateItemRule(call: DataCall): Answer {
  const body = readBody(RuleBody, call.body ?? {})
  const rule = chosen(call)
  if (body.effective_start_date !== undefined) rule.from = body.effective_start_date
  if (body.effective_end_date !== undefined) rule.until = body.effective_end_date
  if (body.conditions !== undefined) rule.conditions = body.conditions
  if (body.attributes?.metadata !== undefined) rule.metadata = body.attributes.metadata
  rule.updatedAt = call.now
  return ok(describe(rule))
}

/** `DELETE /employer/pay-statement-item/rule/{id}` */
export function deleteItemRule(call: DataCall): Answer {
  const rule = chosen(call)
  delete call.connection.itemRules[rule.id]
  return ok({ ...describe(rule), deleted_at: time(call.now) })
}

type Category = 'earnings' | 'taxes' | 'employee_deductions' | 'employer_contributions'

export interface Line {
  readonly category: Category
  readonly name: string | null
  readonly type?: string | null
}

/** What the rules say of a line paid on `payDate`, later rules over earlier ones; null where none fits. */
export function metadataOf(rules: readonly ItemRule[], line: Line, payDate: string): Record<string, unknown> | null {
  const fitting = rules.filter((rule) => isInForce(rule, payDate) && fits(rule, line))
  return fitting.length === 0 ? null : Object.assign({}, ...fitting.map(({ metadata }) => metadata))
}

export function rulesOf(connection: Connection, entity: Entity): ItemRule[] {
  return Object.values(connection.itemRules).filter(({ entityId }) => entityId === entity.id)
}

/** The statement with the metadata of the rules on its lines. */
export function labeled(statement: PayStatement, rules: readonly ItemRule[], payDate: string): PayStatement {
  if (rules.length === 0) return statement
  function label<T extends Omit<Line, 'category'>>(category: Category, line: T): T {
    const metadata = metadataOf(rules, { ...line, category }, payDate)
    return metadata === null ? line : { ...line, attributes: { metadata } }
  }
  return {
    ...statement,
    earnings: statement.earnings?.map((line) => line && label('earnings', line)) ?? null,
    taxes: statement.taxes?.map((line) => label('taxes', line)) ?? null,
    employee_deductions: statement.employee_deductions?.map((line) => label('employee_deductions', line)) ?? null,
    employer_contributions:
      statement.employer_contributions?.map((line) => label('employer_contributions', line)) ?? null,
  }
}

function isInForce({ from, until }: ItemRule, payDate: string): boolean {
  return (from === null || payDate >= from) && (until === null || payDate <= until)
}

function fits({ conditions }: ItemRule, line: Line): boolean {
  const fields: Readonly<Record<string, string | null | undefined>> = { ...line }
  return conditions.length > 0 && conditions.every(({ field, value }) => fields[field] === value)
}

function chosen({ connection, entity, params }: DataCall): ItemRule {
  const rule = rulesOf(connection, entity).find(({ id }) => id === params.id)
  if (rule === undefined) throw refuse.noItemRule(params.id ?? '')
  return rule
}

function describe(rule: ItemRule) {
  return {
    id: rule.id,
    priority: rule.priority,
    effective_start_date: rule.from,
    effective_end_date: rule.until,
    conditions: rule.conditions,
    attributes: { metadata: rule.metadata },
    entity_type: 'pay_statement_item',
    created_at: time(rule.createdAt),
    updated_at: time(rule.updatedAt),
  }
}

function time(at: number): string {
  return new Date(at).toISOString()
}
