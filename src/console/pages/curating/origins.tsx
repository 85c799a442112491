// Who seems to copy whom. The page proposes, with the evidence; the policy file decides.
import { useSignal } from '@preact/signals'
import type { ListsView, OriginProposalView } from '../../../contract/review.ts'
import { announce } from '../../parts/announce.tsx'
import { complain } from '../../parts/toasts.tsx'
import { count } from '../../wording/times.ts'
import { percent } from './shown.ts'

type OriginsView = ListsView['origins']

export function Origins({ origins }: { origins: OriginsView }) {
  const declared = Object.entries(origins.declared)
  if (origins.proposals.length === 0 && declared.length === 0) return null
  return (
    <section class="card" aria-labelledby="origins">
      <h2 id="origins">Who copies whom</h2>
      {declared.length > 0 && (
        <p class="soft">
          By the policy: {declared.map(([source, origin]) => `${source} comes from ${origin}`).join('; ')}.
        </p>
      )}
      {origins.proposals.length > 0 && (
        <>
          <p class="soft">
            A hit counts lists that agree as independent. These seem not to be; a person decides.
          </p>
          <ul class="proposals">
            {origins.proposals.map((proposal) => (
              <Proposal key={proposal.source} proposal={proposal} />
            ))}
          </ul>
          <PolicyLines lines={origins.lines} />
        </>
      )}
    </section>
  )
}

function Proposal({ proposal }: { proposal: OriginProposalView }) {
  const { source, from, values, shared, earlier, sameDay, later, order } = proposal
  return (
    <li>
      <p>
        <strong>{source}</strong> {order === 'clear' ? 'seems to copy' : 'shares much with'}{' '}
        <strong>{from}</strong>
      </p>
      <p class="soft">
        {percent(shared / Math.max(1, values))} of its {count(values)} values are in {from}, too:{' '}
        {count(earlier)} were there on an earlier day, {count(sameDay)} came on the same day, {count(later)}{' '}
        were here earlier.
        {order === 'unclear' && ' The days don’t say who had them first.'}
      </p>
    </li>
  )
}

function PolicyLines({ lines }: { lines: string }) {
  const isCopied = useSignal(false)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(lines)
    } catch {
      complain('The browser did not allow the copy.')
      return
    }
    isCopied.value = true
    setTimeout(() => (isCopied.value = false), 2_000)
    announce('The lines are copied')
  }
  return (
    <div class="policy-lines">
      <p class="soft">If you agree, put this into the policy file of the matchers, and start them again:</p>
      <pre>
        <code>{lines}</code>
      </pre>
      <button type="button" class="button" onClick={() => void copy()}>
        {isCopied.value ? '✓ Copied' : 'Copy the lines'}
      </button>
    </div>
  )
}
