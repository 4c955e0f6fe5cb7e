import type { Endpoint } from '../call.ts'
import {
  createBenefit,
  describeSupport,
  enroll,
  listBenefits,
  listEnrolled,
  readBenefit,
  readEnrollments,
  registerBenefit,
  unenroll,
  updateBenefit,
} from './endpoints.ts'

const BENEFITS = { auth: 'bearer', product: 'benefits' } as const

/** In this order: what is named comes before what is an id. */
export const BENEFIT_ENDPOINTS: readonly Endpoint[] = [
  { method: 'GET', path: '/employer/benefits', ...BENEFITS, run: listBenefits },
  { method: 'POST', path: '/employer/benefits', ...BENEFITS, run: createBenefit },
  { method: 'GET', path: '/employer/benefits/meta', ...BENEFITS, run: describeSupport },
  { method: 'POST', path: '/employer/benefits/register', ...BENEFITS, run: registerBenefit },
  { method: 'GET', path: '/employer/benefits/:id', ...BENEFITS, run: readBenefit },
  { method: 'POST', path: '/employer/benefits/:id', ...BENEFITS, run: updateBenefit },
  { method: 'GET', path: '/employer/benefits/:id/enrolled', ...BENEFITS, run: listEnrolled },
  { method: 'GET', path: '/employer/benefits/:id/individuals', ...BENEFITS, run: readEnrollments },
  { method: 'POST', path: '/employer/benefits/:id/individuals', ...BENEFITS, run: enroll },
  { method: 'DELETE', path: '/employer/benefits/:id/individuals', ...BENEFITS, run: unenroll },
]
