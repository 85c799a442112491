// Earlier decisions on this uploader and these known entries, the case's own decisions and outcomes, and related cases.
import { useEffect, useMemo } from 'preact/hooks'
import type { CaseHit, CaseRow, CaseView, DecisionView, RelatedView } from '../../../contract/review.ts'
import { api } from '../../client/api.ts'
import { loaded } from '../../client/loaded.ts'
import { Ago } from '../../parts/moment.tsx'
import { Skeleton } from '../../parts/states.tsx'
import { OPENED_WORDS, STAGE_WORDS } from '../../wording/report.ts'
import { FINDING_WORDS, VERDICT_WORDS, VIEWING_WORDS } from '../../wording/verdicts.ts'
import { counted } from '../../wording/times.ts'

export function History({ view, item }: { view: CaseView; item?: CaseHit | undefined }) {
  const { history, earlier, later, openedBecause } = view
  const own = view.hits.flatMap(({ decision }) => decision ?? [])
  const decisions = [...new Map([...own, ...history].map((one) => [one.decisionId, one])).values()]
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">History</h2>
      {openedBecause !== 'first' && <p>{OPENED_WORDS[openedBecause]}</p>}
      {(earlier || later) && (
        <p>
          {earlier && <a href={`/cases/${earlier.caseId}`}>← Earlier case #{earlier.caseId}</a>}{' '}
          {later && <a href={`/cases/${later.caseId}`}>Later case #{later.caseId} →</a>}
        </p>
      )}
      {item && <Outcomes item={item} />}
      {decisions.length === 0 ? (
        <p class="soft">
          {view.case.stage === 'second'
            ? 'The first opinion stays hidden until you have given yours.'
            : 'No earlier decision on this uploader or on these known entries.'}
        </p>
      ) : (
        <Decisions decisions={decisions} caseId={view.case.caseId} />
      )}
      <Related caseId={view.case.caseId} />
    </section>
  )
}

/** Decisions that were made together, as one line. */
function Decisions({ decisions, caseId }: { decisions: readonly DecisionView[]; caseId: string }) {
  const groups = [
    ...Map.groupBy(decisions, (one) =>
      [one.caseId, one.verdict, one.reviewer, one.decidedAt, one.stands].join(),
    ).values(),
  ]
  return (
    <ol class="timeline">
      {groups.map((group) => {
        const [one] = group
        return (
          one && (
            <DecisionLine key={one.decisionId} one={one} hits={group.length} isHere={one.caseId === caseId} />
          )
        )
      })}
    </ol>
  )
}

const DecisionLine = ({ one, hits, isHere }: { one: DecisionView; hits: number; isHere: boolean }) => (
  <li class={one.stands ? '' : 'fallen'}>
    <p>
      <strong>{VERDICT_WORDS[one.verdict].name}</strong>{' '}
      <span class="soft">
        {counted(hits, 'hit')} · {one.reviewer} · <Ago at={one.decidedAt} /> ·{' '}
        {isHere ? 'this case' : <a href={`/cases/${one.caseId}`}>case #{one.caseId}</a>}
        {one.stage !== 'first' && ` · ${STAGE_WORDS[one.stage].toLowerCase()}`}
        {!one.stands && ' · no longer stands'}
      </span>
    </p>
    {one.reason !== '' && <p dir="auto">{one.reason}</p>}
    {one.note !== '' && (
      <p class="soft note" dir="auto">
        {one.note}
      </p>
    )}
  </li>
)

const Outcomes = ({ item }: { item: CaseHit }) =>
  item.outcomes.length === 0 ? null : (
    <ul class="outcomes">
      {item.outcomes.map((one) => (
        <li key={one.outcomeId}>
          <strong>Outcome: {FINDING_WORDS[one.finding]}</strong>{' '}
          <span class="soft">
            {VIEWING_WORDS[one.basis]} · {one.reportedBy} · <Ago at={one.reportedAt} />
          </span>
          {one.reason !== '' && <p dir="auto">{one.reason}</p>}
        </li>
      ))}
    </ul>
  )

function Related({ caseId }: { caseId: string }) {
  const related = useMemo(() => loaded<RelatedView>(() => api.related(caseId)), [caseId])
  useEffect(() => void related.reload(), [related])
  const view = related.value.value
  if (related.refusal.value) return <p class="soft">Related cases could not be loaded.</p>
  if (!view) return <Skeleton lines={1} />
  return (
    <dl class="related">
      <RelatedCases name="Same uploader" cases={view.sameActor} />
      <RelatedCases name="Same collection" cases={view.sameCollection} />
      <RelatedCases name="Same known entry" cases={view.sameKnownEntry} />
    </dl>
  )
}

const RelatedCases = ({ name, cases }: { name: string; cases: readonly CaseRow[] }) =>
  cases.length === 0 ? null : (
    <div>
      <dt>{name}</dt>
      <dd>
        {cases.slice(0, 12).map((row) => (
          <a key={row.caseId} class="pill" href={`/cases/${row.caseId}`}>
            #{row.caseId}{' '}
            <span class="soft">{row.state === 'decided' ? 'decided' : counted(row.undecided, 'hit')}</span>
          </a>
        ))}
        {cases.length > 12 && <span class="soft"> and {cases.length - 12} more</span>}
      </dd>
    </div>
  )
