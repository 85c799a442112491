import type { EventLog } from './event-log.ts'

/** What was being read is there no more: the topic, or one of them, was deleted, and perhaps made again. */
export class TopicGoneError extends Error {
  readonly code = 'TOPIC_GONE'
  override readonly name = 'TopicGoneError'
  constructor(topics: readonly string[]) {
    const which = topics.length === 1 ? topics[0] : `one of ${topics.join(', ')}`
    super(`${which}: deleted. If it is made again, it is read from its beginning.`)
  }
}

/** What a look at a topic finds; undefined if it fails because the topic has been deleted. */
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
