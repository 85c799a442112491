// The partitions, the worst first; folded away while all of them are well.
import { useSignal } from '@preact/signals'
import type { FleetPicture } from '../../../contract/fleet.ts'
import { amount, duration } from '../../wording/amounts.ts'
import { count, counted } from '../../wording/times.ts'
import { partitionRows, type PartitionRow } from './rows.ts'
import { ScrollBox } from '../../parts/scroll-box.tsx'

export function Partitions({ fleet }: { fleet: FleetPicture }) {
  const isOpen = useSignal(false)
  const rows = partitionRows(fleet)
  const bad = rows.filter(({ isWell }) => !isWell)
  const shown = isOpen.value ? rows : bad
  const hidden = rows.length - bad.length
  return (
    <section class="card flush" aria-label="Partitions">
      <div class="card-head">
        <h2>Partitions</h2>
        <p class="soft small">{summary(rows, bad)}</p>
        {hidden > 0 && (
          <button
            type="button"
            class="button quiet"
            aria-expanded={isOpen.value}
            onClick={() => (isOpen.value = !isOpen.value)}
          >
            {isOpen.value ? 'Fold' : bad.length === 0 ? 'Show all' : `Show ${count(hidden)} that are well`}
          </button>
        )}
      </div>
      {shown.length > 0 && <Table rows={shown} />}
    </section>
  )
}

function summary(rows: readonly PartitionRow[], bad: readonly PartitionRow[]): string {
  if (rows.length === 0) return 'No partition is known.'
  if (bad.length > 0) return `${count(bad.length)} of ${count(rows.length)} need a look`
  const oldest = Math.max(...rows.map(({ lagSeconds = 0 }) => lagSeconds))
  return `✓ All ${counted(rows.length, 'partition')} have an owner; the oldest record that waits: ${duration(oldest)}`
}

const Table = ({ rows }: { rows: readonly PartitionRow[] }) => (
  <ScrollBox label="Table of partitions">
    <table class="stacked partitions">
      <thead>
        <tr>
          <th scope="col">Partition</th>
          <th scope="col">Owner</th>
          <th scope="col" class="number">
            Waiting
          </th>
          <th scope="col" class="number">
            Oldest
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.group} ${row.name}`} class={row.isWell ? '' : 'bad'}>
            <td>
              <strong>{row.name}</strong> <span class="soft small">{row.group}</span>
            </td>
            <td>
              <Owner row={row} />
            </td>
            <td class="number">
              <span class="narrow-only">waiting </span>
              {amount(row.waiting, 'records')}
            </td>
            <td class="number">
              <span class="narrow-only">oldest </span>
              {duration(row.lagSeconds)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </ScrollBox>
)

function Owner({ row: { owners, unownedSeconds } }: { row: PartitionRow }) {
  if (owners.length === 0)
    return (
      <span class="state-bad">
        ✕ none{unownedSeconds === undefined ? '' : ` for ${duration(unownedSeconds)}`}
      </span>
    )
  return owners.length === 1 ? <>{owners[0]}</> : <span class="state-waiting">▲ {owners.join(' and ')}</span>
}
