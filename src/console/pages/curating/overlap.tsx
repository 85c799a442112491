// Which lists share values: a row says how much of its list the other ones have, too.
import type { ListsView, ListView } from '../../../contract/review.ts'
import { ScrollBox } from '../../parts/scroll-box.tsx'
import { UNKNOWN } from '../../wording/amounts.ts'
import { count } from '../../wording/times.ts'
import { percent, sharedOf } from './shown.ts'

export const Overlap = ({ view: { lists } }: { view: ListsView }) => (
  <section class="card flush" aria-labelledby="overlap">
    <div class="card-head">
      <h2 id="overlap">What they share</h2>
      <p class="soft">Of the values of a row’s list, how many the column’s list has, too</p>
    </div>
    <ScrollBox label="Shared values">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">List</span>
            </th>
            {lists.map(({ source }) => (
              <th key={source} scope="col">
                {source}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lists.map((row) => (
            <tr key={row.source}>
              <th scope="row">{row.source}</th>
              {lists.map((column) => (
                <Cell key={column.source} row={row} column={column} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  </section>
)

function Cell({ row, column }: { row: ListView; column: ListView }) {
  if (row.source === column.source)
    return (
      <td class="self">
        <span class="unseen">the same list</span>
      </td>
    )
  const shared = sharedOf(row, column)
  if (!shared) return <td>{UNKNOWN}</td>
  const { share, level, shared: both, earlier } = shared
  return (
    <td class={`level-${level}`}>
      <span>{percent(both === 0 ? 0 : share)}</span>
      {both > 0 && <span class="of-values">{count(both)}</span>}
      {both > 0 && earlier !== undefined && <span class="of-values">{count(earlier)} earlier there</span>}
    </td>
  )
}
