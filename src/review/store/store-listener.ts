// Who hears of the connection to PostgreSQL: readiness and the log of the process.

export interface StoreListener {
  /** Work on the store threw this; it will be tried again. */
  failed(error: unknown): void
  /** Work on the store has succeeded. */
  reached(): void
}
