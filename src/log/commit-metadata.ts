// The grammar of the metadata of commits, in one place: up to three words with a single blank between them.
//
//   <progress> [<stamp> [<policy>]]       a word that is left out before another one is `-`
//
// Commits of earlier versions have the first word, or the first two; their readers take no notice of the third.

export interface CommitMetadata {
  /** How far the group is, in the words of who commits: a set position, or the progress of looking back. */
  readonly progress: string
  /** What a Kafka client notes to tell a recreated topic (kafka/topic-incarnation.ts). */
  readonly stamp?: string | undefined
  /** The first digits of the digest of the policy that everything since the commit before was matched by. */
  readonly policy?: string | undefined
}

const NONE = '-'

/** @throws TypeError If a word is empty or has a blank in it: it could not be read back. */
export function formatCommitMetadata({ progress, stamp, policy }: CommitMetadata): string {
  const words = policy === undefined ? [stamp] : [stamp ?? NONE, policy]
  const all = [progress, ...words.filter((word) => word !== undefined)]
  for (const word of all)
    if (word === '' || /\s/.test(word))
      throw new TypeError(`A word of a commit's metadata is empty or has a blank: “${word}”.`)
  return all.join(' ')
}

/** Reads metadata back; of another program's the words are whatever they are. */
export function parseCommitMetadata(metadata: string): CommitMetadata {
  const [progress = '', stamp, policy] = metadata.split(' ')
  return { progress, stamp: stamp === NONE ? undefined : stamp, policy: policy === NONE ? undefined : policy }
}

/** The metadata as it was before a stamp was put into it. */
export function unstamped(metadata: string): string {
  const { progress, policy } = parseCommitMetadata(metadata)
  return policy === undefined ? progress : `${progress} ${NONE} ${policy}`
}
