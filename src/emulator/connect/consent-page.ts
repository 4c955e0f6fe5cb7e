import { html } from 'hono/html'
import type { PageContent } from './layout.ts'
import { employerOf, goOn, providerOf, stepForm, type View } from './view.ts'

export function consentPage(view: View): PageContent {
  return {
    title: 'Allow access',
    body: html`<h1>Allow access to your data</h1>
      <p>${view.application} wants to read this from ${providerOf(view).name} for ${employerOf(view)}:</p>
      <ul>
        ${view.session.products.map((product) => html`<li>${PRODUCT_WORDS[product] ?? product}</li>`)}
      </ul>
      ${stepForm(view, goOn('Allow'))}`,
  }
}

const PRODUCT_WORDS: Readonly<Record<string, string>> = {
  benefits: 'Benefits and deductions, and changes to them',
  company: 'Company details: legal name, EIN, addresses, bank accounts',
  deduction: 'Benefits and deductions, and changes to them',
  directory: 'Employee directory: names, departments, managers',
  documents: 'Tax documents, such as Form W-4',
  employment: 'Employment details: job title, pay rate, start and end dates',
  individual: 'Personal details of employees: date of birth, contact details, home address',
  payment: 'Payroll runs: dates and totals',
  pay_statement: 'Pay statements: earnings, taxes and deductions of each employee',
  plans: 'Benefit plans',
  plans_dependents: 'Dependents covered by benefit plans',
  plans_enrollments: 'Enrollments in benefit plans',
  recordkeeping: 'Retirement plan records',
  ssn: 'Social Security numbers',
}
