import { createHmac } from 'node:crypto'

/** Made up, as every credential of the emulator; base64, as the official SDKs want it. */
export const EMULATOR_WEBHOOK_SECRET = 'ZmluY2gtZW11bGF0b3Itd2ViaG9vay1zZWNyZXQh'

/** The official SDKs refuse a secret that does not read back as the same base64. */
export function isWebhookSecret(secret: string): boolean {
  return secret !== '' && Buffer.from(secret, 'base64').toString('base64') === secret
}

/** `timestamp` is in seconds. */
export function signatureHeaders(
  secret: string,
  id: string,
  timestamp: number,
  body: string,
): Readonly<Record<string, string>> {
  const key = Buffer.from(secret, 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'Finch-Event-Id': id,
    'Finch-Timestamp': String(timestamp),
    'Finch-Signature': `v1,${signature}`,
  }
}
