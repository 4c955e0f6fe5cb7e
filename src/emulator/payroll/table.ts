import type { Endpoint } from '../call.ts'
import { listPayGroups, readPayGroup, readPayments, readPayStatementItems, readPayStatements } from './endpoints.ts'
import { createItemRule, deleteItemRule, listItemRules, updateItemRule } from './item-rules.ts'

const PAYMENTS = { auth: 'bearer', product: 'payment' } as const
const GROUPS = { ...PAYMENTS, limit: 'pay_groups' } as const
const STATEMENTS = { auth: 'bearer', product: 'pay_statement' } as const
const ITEMS = { ...STATEMENTS, limit: 'pay_statement_item' } as const
const RULES = '/employer/pay-statement-item/rule'

export const PAY_ENDPOINTS: readonly Endpoint[] = [
  { method: 'GET', path: '/employer/payment', ...PAYMENTS, run: readPayments },
  { method: 'POST', path: '/employer/pay-statement', ...STATEMENTS, run: readPayStatements },
  { method: 'GET', path: '/employer/pay-statement-item', ...ITEMS, run: readPayStatementItems },
  { method: 'POST', path: RULES, ...ITEMS, run: createItemRule },
  { method: 'GET', path: RULES, ...ITEMS, run: listItemRules },
  { method: 'PUT', path: `${RULES}/:id`, ...ITEMS, run: updateItemRule },
  { method: 'DELETE', path: `${RULES}/:id`, ...ITEMS, run: deleteItemRule },
  { method: 'GET', path: '/employer/pay-groups', ...GROUPS, run: listPayGroups },
  { method: 'GET', path: '/employer/pay-groups/:id', ...GROUPS, run: readPayGroup },
]
