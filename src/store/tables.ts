/** The tables as SQL has them: snake_case, times as ISO text, booleans as 0 and 1, so that both databases agree. */
import type { Generated } from 'kysely'
import type { Environment, VaultKind } from '../domain/connection.ts'
import type { LoginKind, LoginPhase, Session } from '../domain/login.ts'

export interface Tables {
  facts: { name: string; value: string }
  customers: {
    customer_id: string
    name: string
    email: string | null
    single: number
    created_at: string
  }
  connections: {
    connection_id: string
    customer_id: string
    customer_single: number
    finch_customer_id: string
    alias: string | null
    provider_id: string
    company_id: string | null
    company_name: string | null
    ein_ending: string | null
    environment: Environment
    origin: string
    connection_type: string
    status: string
    status_message: string | null
    last_successful_sync: string | null
    products: string
    requested_products: string
    authentication_methods: string
    fingerprint: string
    vault: VaultKind
    token_saved_at: string
    generation: number
    created_at: string
    reauthenticated_at: string | null
    checked_at: string | null
    ended_at: string | null
  }
  entities: {
    connection_id: string
    entity_id: string
    name: string | null
    source_id: string | null
    status: string | null
    position: number
  }
  sessions: {
    session_id: string
    kind: LoginKind
    customer_id: string
    finch_customer_id: string
    connection_id: string | null
    provider_id: string | null
    status: Session['status']
    created_at: string
    expires_at: string
  }
  flows: {
    flow_id: string
    kind: LoginKind
    phase: LoginPhase
    environment: Environment
    origin: string
    client_id: string
    customer_id: string
    finch_customer_id: string
    session_id: string | null
    expected_connection_id: string | null
    expected_provider_id: string | null
    expected_generation: number
    requested_products: string
    state_digest: string
    redirect_uri: string
    sealed_code: Buffer | null
    code_at: string | null
    code_order: number | null
    sent: number
    sealed_answer: Buffer | null
    connection_id: string | null
    reason: string | null
    started_at: string
    updated_at: string
  }
  events: {
    event_id: Generated<number>
    at: string
    kind: string
    customer_id: string | null
    connection_id: string | null
    detail: string
  }
  decisions: {
    decision_id: Generated<number>
    customer_id: string
    a_connection_id: string
    a_individual_id: string
    b_connection_id: string
    b_individual_id: string
    verdict: 'same' | 'different'
    contradiction_seen: number
    decided_at: string
  }
  vault_facts: { vault_id: Buffer; format: number; created_at: string }
  vault_keys: {
    key_id: string
    state: 'active' | 'retiring' | 'destroyed'
    kdf: 'raw' | 'scrypt'
    kdf_params: string
    salt: Buffer
    nonce: Buffer
    wrapped_key: Buffer
    commitment: Buffer
    created_at: string
  }
  vault_rows: {
    environment: Environment
    name: string
    kind: 'token' | 'flow' | 'client'
    origin: string
    client_id: string
    generation: number
    key_id: string
    format: number
    salt: Buffer
    nonce: Buffer
    sealed: Buffer
    created_at: string
  }
}
