/**
 * Nothing that we send comes back through a server's words: not to the screen, not into the store. A server, or a proxy in
 * its place, may repeat a secret in any field, whole or shortened, and in any of the writings that programs use.
 */
import type { Secret } from '../domain/secret.ts'

const HIDDEN = '[secret]'
/** This many characters of the beginning or the end of a secret are already too much; anywhere in it, a few more. */
const SHORTEST = 8
const WINDOW = 12
/** Shorter than this a word is no secret, and hiding it would only take words apart. */
const LEAST_SECRET = 4
const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

export interface Redactor {
  /** The same words, with every trace of the secrets written as `[secret]`. */
  words(words: string): string
  /** The same value, all of its texts and keys treated so. */
  value(value: unknown): unknown
  /** The same JSON body; anything but JSON stays as it is, since nothing of that is ever shown. */
  body(body: Buffer): Buffer
}

export function redactor(secrets: readonly (Secret | undefined)[]): Redactor {
  const forms = secrets
    .map((secret) => secret?.reveal() ?? '')
    .filter((secret) => secret.length >= LEAST_SECRET)
    .flatMap(formsOf)
  const pieces = new Set(forms.flatMap(piecesOf))
  const lengths = [...new Set([...pieces].map((piece) => piece.length))].sort((a, b) => b - a)
  const signs = [...new Set(forms.flatMap(signsOf))]

  // An id may begin like a token and is still another thing: it is kept, unless it is a part of the secret.
  const isOwnId = (given: string) => ID.test(given) && !forms.some((form) => form.includes(given))

  const words = (given: string): string => {
    if (pieces.size === 0 || isOwnId(given)) return given
    let shown = ''
    let done = 0
    let end = 0
    for (let at = 0; at < given.length; at += 1) {
      const length = lengths.find((one) => pieces.has(given.slice(at, at + one)))
      if (length === undefined) continue
      if (at >= end) {
        shown += given.slice(done, at) + HIDDEN
      }
      end = Math.max(end, at + length)
      done = end
    }
    return shown + given.slice(done)
  }

  const value = (given: unknown): unknown => {
    if (typeof given === 'string') return words(given)
    if (Array.isArray(given)) return given.map(value)
    if (typeof given !== 'object' || given === null) return given
    return Object.fromEntries(Object.entries(given).map(([key, one]) => [words(key), value(one)]))
  }

  return {
    words,
    value,
    body(body) {
      if (!signs.some((sign) => body.includes(sign))) return body
      try {
        return Buffer.from(JSON.stringify(value(JSON.parse(body.toString('utf8')))))
      } catch {
        return body
      }
    },
  }
}

/** How programs write a text: as it is, in JSON, addresses, HTML, hex, base64 of any alignment, and backwards. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const hex = bytes.toString('hex')
  const percent = hex.replaceAll(/../g, '%$&')
  const json = JSON.stringify(secret).slice(1, -1)
  const base64 = [0, 1, 2].map((offset) => alignedBase64(bytes, offset))
  return [
    secret,
    json,
    json.replaceAll('/', '\\/'),
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    percent,
    percent.toUpperCase(),
    htmlOf(secret),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    [...secret].reverse().join(''),
  ].filter((form, index, all) => all.indexOf(form) === index)
}

/** The characters that stand for these bytes alone, whatever was written before (`offset` bytes more) and after them. */
function alignedBase64(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const first = Math.ceil((offset * 8) / 6)
  const end = Math.floor(((offset + bytes.length) * 8) / 6)
  return whole.slice(first, end)
}

function htmlOf(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** Every run of characters that gives the secret away. */
function piecesOf(form: string): string[] {
  if (form.length <= SHORTEST) return [form]
  const pieces = form.length <= WINDOW ? [form] : []
  for (let at = 0; at + WINDOW <= form.length; at += 1) pieces.push(form.slice(at, at + WINDOW))
  for (let length = SHORTEST; length < Math.min(WINDOW, form.length); length += 1)
    pieces.push(form.slice(0, length), form.slice(-length))
  return pieces
}

/** A few runs of which one is there wherever the secret is: a quick look through megabytes. */
function signsOf(form: string): string[] {
  const middle = Math.floor((form.length - SHORTEST) / 2)
  return form.length <= SHORTEST
    ? [form]
    : [form.slice(0, SHORTEST), form.slice(middle, middle + SHORTEST), form.slice(-SHORTEST)]
}
