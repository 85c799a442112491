// The lists: how many entries, how fresh, what waits or fails. A change that waits is decided from here.
import { useSignal } from '@preact/signals'
import type { ListsView, ListView } from '../../../contract/review.ts'
import { sparkPaths } from '../../charts/spark-path.ts'
import { mayI } from '../../client/session.ts'
import { Ago } from '../../parts/moment.tsx'
import { ScrollBox } from '../../parts/scroll-box.tsx'
import { UNKNOWN } from '../../wording/amounts.ts'
import { count } from '../../wording/times.ts'
import { ApproveDialog, type Pending } from './approve-dialog.tsx'
import { growthOf, known, STAND_WORDS, standOf, sum, type Growth } from './shown.ts'

export function ListTable({ view }: { view: ListsView }) {
  const deciding = useSignal<{ readonly source: string; readonly seen: Pending } | undefined>(undefined)
  const { source: decided, seen } = deciding.value ?? {}
  return (
    <section class="card flush" aria-labelledby="all-lists">
      <div class="card-head">
        <h2 id="all-lists">Where they stand</h2>
      </div>
      <ScrollBox label="Lists">
        <table class="stacked lists-table">
          <thead>
            <tr>
              <th scope="col">List</th>
              <th scope="col" class="number">
                Entries
              </th>
              <th scope="col">90 days</th>
              <th scope="col" class="number">
                Added in 7 days
              </th>
              <th scope="col" class="number">
                Held back
              </th>
              <th scope="col">Read to its end</th>
              <th scope="col">Newest change</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {view.lists.map((list) => (
              <ListRow
                key={list.source}
                list={list}
                onDecide={(pending) => (deciding.value = { source: list.source, seen: pending })}
              />
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {decided !== undefined && seen && (
        <ApproveDialog
          source={decided}
          seen={seen}
          now={view.lists.find(({ source }) => source === decided)?.pending}
          onLook={(next) => (deciding.value = { source: decided, seen: next })}
          onClose={() => (deciding.value = undefined)}
        />
      )}
    </section>
  )
}

function ListRow({ list, onDecide }: { list: ListView; onDecide: (seen: Pending) => void }) {
  const { source, statistics, checkedAt, newestAt, problem, pending, answer } = list
  const stand = standOf(list)
  const growth = growthOf(list)
  return (
    <tr class={`stand-${stand}`}>
      <th scope="row">{source}</th>
      <td class={cellClass(statistics, 'number')}>
        {known(statistics?.entries)}
        <span class="narrow-only"> entries</span>
      </td>
      <td class={cellClass(growth, 'of-growth')}>
        {growth ? <GrowthLine growth={growth} /> : <span class="soft">{UNKNOWN}</span>}
      </td>
      <td class={cellClass(growth, 'number')}>
        {growth && growth.lastWeek > 0 ? `+${count(growth.lastWeek)}` : known(growth?.lastWeek)}
        <span class="narrow-only"> in 7 days</span>
      </td>
      <td class={cellClass(statistics, 'number')}>
        {known(statistics && sum(statistics.held))}
        <span class="narrow-only"> held back</span>
      </td>
      <td class={cellClass(checkedAt)}>
        <span class="narrow-only">read </span>
        {checkedAt ? <Ago at={checkedAt} /> : UNKNOWN}
      </td>
      <td class={cellClass(newestAt)}>
        <span class="narrow-only">newest </span>
        {newestAt ? <Ago at={newestAt} /> : UNKNOWN}
      </td>
      <td class="of-stand">
        <span class={STAND_CLASSES[stand]}>{STAND_WORDS[stand]}</span>
        {pending && mayI('list.approve') && (
          <button type="button" class="button small-button" onClick={() => onDecide(pending)}>
            Decide…<span class="unseen"> on the change of {source}</span>
          </button>
        )}
        {pending && answer && (
          <p class="soft small">
            {VERDICT_WORDS[answer.verdict]} <Ago at={answer.at} />.
          </p>
        )}
        {problem && (
          <p class="soft small">
            {problem.text} It began <Ago at={problem.since} />.
          </p>
        )}
      </td>
    </tr>
  )
}

/** In a column a dash says that something is not known; on a narrow page, without columns, it would say nothing. */
const cellClass = (value: unknown, name = ''): string => (value === undefined ? `${name} wide-only` : name)

const STAND_CLASSES: Readonly<Record<ReturnType<typeof standOf>, string>> = {
  well: 'state-ready',
  problem: 'state-bad',
  waits: 'state-waiting',
  answered: 'soft',
  stale: 'state-bad',
  first: 'soft',
  'by-hand': 'soft',
}

const VERDICT_WORDS: Readonly<Record<NonNullable<ListView['answer']>['verdict'], string>> = {
  apply: 'A person let it pass',
  refuse: 'A person refused it',
}

const SIZE = { width: 96, height: 22 } as const

/** From its least to its most: how it grew, not how large it is. */
function GrowthLine({ growth: { line } }: { growth: Growth }) {
  const [least, most] = [Math.min(...line), Math.max(...line)]
  const shown = line.map((value) => value - least)
  const { line: path } = sparkPaths(shown, (most - least) * 1.1 || 1, SIZE)
  return (
    <svg
      class="growth"
      viewBox={`0 -2 ${SIZE.width} ${SIZE.height + 4}`}
      role="img"
      aria-label={growthWords(least, most)}
    >
      <path d={path} />
    </svg>
  )
}

const growthWords = (from: number, to: number): string =>
  from === to ? 'no growth in 90 days' : `from ${count(from)} to ${count(to)} in 90 days`
