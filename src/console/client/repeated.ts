// Asks again and again, one request after the other: a slow server is not asked twice at a time.

export interface RepeatedOptions {
  readonly ask: () => Promise<unknown>
  /** Milliseconds from an answer to the next request. */
  readonly everyMs: () => number
  /** While the page can't be seen nothing is asked. */
  readonly isHidden: () => boolean
}

export interface Repeated {
  /** Asks now, unless a request is under way. */
  readonly turn: () => Promise<void>
  readonly stop: () => void
}

export function repeated({ ask, everyMs, isHidden }: RepeatedOptions): Repeated {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isRunning = false
  let isOver = false
  const turn = async (): Promise<void> => {
    if (isRunning || isOver) return
    isRunning = true
    clearTimeout(timer)
    if (!isHidden()) await ask()
    isRunning = false
    if (!isOver) timer = setTimeout(() => void turn(), everyMs())
  }
  const stop = (): void => {
    isOver = true
    clearTimeout(timer)
  }
  return { turn, stop }
}
