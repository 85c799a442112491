// Waiting for a promise that an abort signal can end.

/** Waits for a promise, or for the signal, whose reason it then throws. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // After an abort its failure is of no interest: unhandled, it would end the process.
  promise.catch(() => {})
  signal.throwIfAborted()
  const settled = new AbortController()
  // Without Promise.withResolvers, which Node 20 lacks: platforms run this, too.
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: settled.signal })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    settled.abort()
  }
}
