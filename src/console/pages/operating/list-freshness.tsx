// How fresh each list is that a process keeps up to date, the stalest first.
import type { FleetPicture } from '../../../contract/fleet.ts'
import { UNKNOWN } from '../../wording/amounts.ts'
import { listRows, type ListRow } from './list-rows.ts'

export function ListFreshness({ fleet }: { fleet: FleetPicture }) {
  const rows = listRows(fleet)
  if (rows.length === 0) return null
  return (
    <dl class="card set-facts" aria-label="Freshness of lists">
      {rows.map((row) => (
        <div key={row.source}>
          <dt>{row.source}</dt>
          <dd>
            {row.read ?? UNKNOWN} {row.mark === undefined ? '✓' : <Mark row={row} />}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const Mark = ({ row: { mark, isBad } }: { row: ListRow }) => (
  <span class={isBad ? 'mark' : 'soft'}>
    {isBad && '▲ '}
    {mark}
  </span>
)
