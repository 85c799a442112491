// A list of cases: of the queue, of a search, of related cases. On a narrow page each row is a card.
import type { CaseRow } from '../../contract/review.ts'
import { nowMs } from '../client/clock.ts'
import { me } from '../client/session.ts'
import { KIND_WORDS, STAGE_WORDS } from '../wording/report.ts'
import { strongestFirst } from '../wording/grades.ts'
import { count, rest } from '../wording/times.ts'
import { GradeBars, GradeMark } from './grade-mark.tsx'
import { Age } from './moment.tsx'

interface CaseListProps {
  readonly cases: readonly CaseRow[]
  readonly label: string
  /** Cases that came while the page was open. */
  readonly fresh?: ReadonlySet<string>
}

export const CaseList = ({ cases, label, fresh }: CaseListProps) => (
  <table class="case-list" aria-label={label}>
    <thead>
      <tr>
        <th scope="col">Case</th>
        <th scope="col">Strongest hit</th>
        <th scope="col">Class</th>
        <th scope="col" class="number">
          Hits
        </th>
        <th scope="col">Where</th>
        <th scope="col" class="number">
          Waits
        </th>
        <th scope="col">State</th>
      </tr>
    </thead>
    <tbody>
      {cases.map((row) => (
        <Row key={row.caseId} row={row} isFresh={fresh?.has(row.caseId) ?? false} />
      ))}
    </tbody>
  </table>
)

function Row({ row, isFresh }: { row: CaseRow; isFresh: boolean }) {
  const [grade, ...weaker] = strongestFirst(row.grades)
  return (
    <tr class={isFresh ? 'fresh' : ''}>
      <td class="of-case">
        <a href={`/cases/${row.caseId}`}>
          {KIND_WORDS[row.kind]} <span class="soft">on</span> {row.platform}
        </a>
        <span class="soft case-number">#{row.caseId}</span>
        {row.isRaised && <span class="tag raised">▲ Raised</span>}
        {row.hasLegalHold && <span class="tag">Legal hold</span>}
      </td>
      <td>
        {grade && <GradeMark grade={grade} />}
        {weaker.map((one) => (
          <GradeBars key={one} grade={one} size={12} />
        ))}
      </td>
      <td class="soft of-class">
        <Some values={row.classifications} />
      </td>
      <td class="number">
        {row.undecided === row.hits ? count(row.hits) : `${count(row.undecided)} of ${count(row.hits)}`}
        <span class="narrow-only">{row.hits === 1 ? ' hit' : ' hits'}</span>
      </td>
      <td class="soft of-where">
        <Some values={row.jurisdictions} />
      </td>
      <td class="number">
        {row.state === 'decided' ? (
          '–'
        ) : (
          <>
            <span class="narrow-only">waits </span>
            <Age at={row.oldestAt} />
          </>
        )}
      </td>
      <td class="of-state">
        <StateOf row={row} />
      </td>
    </tr>
  )
}

/** Characters of a list that stand in a row. */
const SHOWN_CHARACTERS = 18

/** As many of a list as fit, and how many more there are. */
function Some({ values }: { values: readonly string[] }) {
  const [first = '–', second] = values
  const isShort = second !== undefined && first.length + second.length < SHOWN_CHARACTERS
  const left = values.length - (isShort ? 2 : 1)
  return (
    <span class="some" title={values.join(', ')}>
      {isShort ? `${first}, ${second}` : first}
      {left > 0 && ` +${left}`}
    </span>
  )
}

function StateOf({ row }: { row: CaseRow }) {
  if (row.state === 'decided') return <span class="tag done">✓ Decided</span>
  if (row.state === 'open')
    return row.stage === 'first' ? (
      <span class="soft plain-state">{row.assignedTo ? 'Assigned' : 'Open'}</span>
    ) : (
      <span class="tag">{STAGE_WORDS[row.stage]}</span>
    )
  const left = row.leaseUntil === undefined ? '' : ` ${rest(Date.parse(row.leaseUntil) - nowMs.value)}`
  const isMine = row.leasedBy === me.value?.subject
  return (
    <span class={isMine ? 'tag mine' : 'tag'}>
      {isMine ? `● Yours${left}` : `Held by ${row.leasedBy ?? 'another'}`}
    </span>
  )
}
