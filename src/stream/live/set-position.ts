// The metadata of live commits: the position of the known set that a batch was matched at, and the policy.
import type { SetPosition } from '../../known/known-set.ts'
import { formatCommitMetadata, parseCommitMetadata } from '../../log/commit-metadata.ts'
import { policyDigest, type Policy } from '../../policy/policy.ts'

/** Digits of a policy's digest in a commit: enough to tell policies apart that one deployment ever has. */
const POLICY_DIGITS = 16

/** The policy as commits name it. */
export const committedPolicy = (policy: Policy): string => policyDigest(policy).slice(0, POLICY_DIGITS)

/**
 * The metadata of a commit: the UUID of known-hashes and the next offset to apply, and the policy. It says that everything
 * since the commit before was matched against the set at or above this position, and that everything from this commit's
 * offset on will be. (Older reports may have been matched at a lower one.)
 */
export const encodePosition = ({ topicId, offset }: SetPosition, policy?: string): string =>
  formatCommitMetadata({ progress: `${topicId ?? '-'}@${offset}`, policy })

/** Reads the position back; undefined for the metadata of another program. */
export function decodePosition(metadata: string): SetPosition | undefined {
  const { progress } = parseCommitMetadata(metadata)
  const [, topicId, offset] = /^([0-9a-f-]+)@(\d{1,16})$/.exec(progress) ?? []
  return topicId === undefined
    ? undefined
    : { topicId: topicId === '-' ? undefined : topicId, offset: Number(offset) }
}
