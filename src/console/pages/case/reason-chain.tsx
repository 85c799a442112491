// The rules that fired, in sentences, and the state of what was searched.
import type { CaseHit } from '../../../contract/review.ts'
import { inOrder, whySentence } from '../../wording/why.ts'
import { count } from '../../wording/times.ts'

export const ReasonChain = ({ item: { hit } }: { item: CaseHit }) => (
  <section class="card" aria-labelledby="reasons">
    <h2 id="reasons">Why this is a hit</h2>
    <ol class="reasons">
      {inOrder(hit.why).map((rule) => (
        <li key={rule}>{whySentence(rule)}</li>
      ))}
    </ol>
    <p class="soft">
      Searched among {count(hit.knownSet.entries)} known entries (position {count(hit.knownSet.offset)},
      digest <code>{hit.knownSet.digest.slice(0, 8)}</code>) by the policy{' '}
      <code>{hit.policy.slice(0, 8)}</code>
      {hit.retroactive && ', looking back at an older report'}.
    </p>
  </section>
)
