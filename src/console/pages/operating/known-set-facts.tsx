// The known set in one line: how large, at which position, with which digest, and when a list last changed it.
import type { FleetPicture } from '../../../contract/fleet.ts'
import type { OperationsView } from '../../../contract/review.ts'
import { nowMs } from '../../client/clock.ts'
import { amount, UNKNOWN } from '../../wording/amounts.ts'
import { ago, count } from '../../wording/times.ts'

interface KnownSetFactsProps {
  readonly view: OperationsView
  readonly fleet: FleetPicture
}

export function KnownSetFacts({ view, fleet }: KnownSetFactsProps) {
  const running = fleet.processes.flatMap(({ state, status }) =>
    state === 'running' && status.match ? [status.match] : [],
  )
  const newest = running
    .flatMap(({ knownSet }) => knownSet ?? [])
    .toSorted((a, b) => b.offset - a.offset)
    .at(0)
  const looked = running.map(({ retro }) => retro?.offset).find((offset) => offset !== undefined)
  const policies = [...new Set(running.map(({ policy }) => policy.slice(0, 8)))]
  const changed = view.listsChangedAt
  return (
    <dl class="card set-facts" aria-label="Known set">
      <div>
        <dt>Known set</dt>
        <dd>{newest ? `${amount(newest.entries, 'entries')} entries` : UNKNOWN}</dd>
      </div>
      <div>
        <dt>Position</dt>
        <dd>{newest ? count(newest.offset) : UNKNOWN}</dd>
      </div>
      <div>
        <dt>Digest</dt>
        <dd>{newest ? <code>{newest.digest.slice(0, 8)}</code> : UNKNOWN}</dd>
      </div>
      <div>
        <dt>Lists changed</dt>
        <dd>
          {changed !== undefined
            ? ago(Date.parse(changed), nowMs.value)
            : view.listsUnchanged
              ? 'not for a day'
              : UNKNOWN}
        </dd>
      </div>
      <div>
        <dt>Looked back to</dt>
        <dd>
          {looked === undefined ? UNKNOWN : count(looked)}
          {newest && looked !== undefined && looked >= newest.offset && ' ✓'}
        </dd>
      </div>
      <div>
        <dt>Policy</dt>
        <dd>
          <code>{policies.join(', ') || UNKNOWN}</code>
        </dd>
      </div>
    </dl>
  )
}
