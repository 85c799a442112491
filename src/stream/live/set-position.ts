import type { SetPosition } from '../../known/known-set.ts'

/**
 * A set position as the metadata of a commit: the UUID of known-hashes and the next offset to apply. It says that
 * everything committed was matched against the set at or above this position.
 */
export const encodePosition = ({ topicId, offset }: SetPosition): string => `${topicId ?? '-'}@${offset}`

/** Reads it back; undefined for the metadata of another program. */
export function decodePosition(metadata: string): SetPosition | undefined {
  const [, topicId, offset] = /^([0-9a-f-]+)@(\d{1,16})$/.exec(metadata) ?? []
  return topicId === undefined
    ? undefined
    : { topicId: topicId === '-' ? undefined : topicId, offset: Number(offset) }
}
