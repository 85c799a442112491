// What an operator hears of the connection to PostgreSQL: readiness, a line when it fails and one when it is back.
import { isStoreAway, whyStoreFailed } from '../review/store/store-away.ts'
import type { StoreListener } from '../review/store/store-listener.ts'
import { POSTGRES_PART } from '../telemetry/health-parts.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/log.ts'
import { StateLog } from '../telemetry/state-log.ts'

export class StoreHealth implements StoreListener {
  readonly #health: Health
  readonly #logger: Logger
  readonly #outage: StateLog

  constructor({ health, logger }: { readonly health: Health; readonly logger: Logger }) {
    this.#health = health
    this.#logger = logger
    this.#outage = new StateLog({
      logger,
      level: 'error',
      begins: 'PostgreSQL can’t be used; trying again until it works',
      ends: 'PostgreSQL is back',
    })
  }

  waitFor(why: string): void {
    this.#health.waitFor(POSTGRES_PART, why)
  }

  reached(): void {
    this.#outage.leave('PostgreSQL')
    this.#health.ready(POSTGRES_PART)
  }

  /** Work on the store threw this. */
  failed(error: unknown): void {
    this.#health.failed(error)
    const why = whyStoreFailed(error)
    if (!isStoreAway(error)) {
      this.#logger.error({ why }, 'Work on the review store failed; trying again')
      return
    }
    this.waitFor(`not reached: ${why}`)
    this.#outage.enter('PostgreSQL', why)
  }
}
