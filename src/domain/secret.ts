import { inspect } from 'node:util'

/**
 * A value that must not be seen: token, code, client secret, vault key.
 * It prints as `[secret]` in strings, JSON and inspect, so that a careless log line stays harmless;
 * `reveal()` is called only where the value goes out, which makes `grep reveal` the audit.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
