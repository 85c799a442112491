import type { EventLog } from './event-log.ts'

/** What was being read is there no more: the topic was deleted, and perhaps made again. */
export class TopicGoneError extends Error {
  readonly code = 'TOPIC_GONE'
  override readonly name = 'TopicGoneError'
  constructor(topic: string) {
    super(`${topic} was deleted, or made again, while it was read: what was to be read of it is gone.`)
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
