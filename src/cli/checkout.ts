// Some commands need parts of the repository that production does not have: its benchmarks, its local broker.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A command that only a checkout of the repository has all parts of. */
class NotACheckoutError extends Error {
  readonly code = 'NOT_A_CHECKOUT'
  override readonly name = 'NotACheckoutError'
}

/** The path of a part of the repository, by its path from the top. Throws NotACheckoutError if it is not there. */
export function inCheckout(part: string, command: string): string {
  const path = fileURLToPath(new URL(`../../${part}`, import.meta.url))
  if (existsSync(path)) return path
  throw new NotACheckoutError(
    `\`hashwarden ${command}\` needs a checkout of the repository: an installation for production has no ${part}.`,
  )
}
