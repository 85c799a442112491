// What becomes of a reader whose topic is deleted.
import type { EventLog } from './event-log.ts'

/** The topic that was being read, or one of several, was deleted, and perhaps recreated. */
export class TopicGoneError extends Error {
  readonly code = 'TOPIC_GONE'
  override readonly name = 'TopicGoneError'
  constructor(topics: readonly string[]) {
    const which = topics.length === 1 ? topics[0] : `one of ${topics.join(', ')}`
    super(`${which} was deleted. If it is created again, it is read from its beginning.`)
  }
}

/** The result of `look`; undefined if it fails because the topic has been deleted. */
export async function unlessGone<T>(
  log: EventLog,
  topic: string,
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if ((await log.topics()).includes(topic)) throw error
    return undefined
  }
}
