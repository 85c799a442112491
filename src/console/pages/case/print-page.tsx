// A case as a page that prints well: the same evidence, in full, without anything to press. References are shown as far
// as the case shows them; whole ones leave by an export.
import type { CaseHit, CaseView } from '../../../contract/review.ts'
import { go } from '../../client/place.ts'
import { me } from '../../client/session.ts'
import { nowMs } from '../../client/clock.ts'
import { howTheyMatch, listedEntries } from '../../evidence/listed-entries.ts'
import { GradeMark } from '../../parts/grade-mark.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { chanceWords } from '../../wording/chance.ts'
import { BASIS_WORDS, KIND_WORDS, ORIENTATION_WORDS, viewedWords } from '../../wording/report.ts'
import { counted, masked, utcDay, utcTime } from '../../wording/times.ts'
import { VERDICT_WORDS } from '../../wording/verdicts.ts'
import { inOrder, whySentence } from '../../wording/why.ts'
import { useCase } from './case-page.tsx'

export function PrintPage({ caseId }: { caseId: string }) {
  const work = useCase(caseId)
  const view = work.view.value.value
  const refusal = work.view.refusal.value
  if (view) return <Sheet view={view} />
  return refusal ? <Failed refusal={refusal} retry={() => void work.load()} /> : <Skeleton lines={8} />
}

const Sheet = ({ view }: { view: CaseView }) => (
  <article class="sheet">
    <p class="no-print sheet-actions">
      <button type="button" class="button" onClick={() => go(`/cases/${view.case.caseId}`)}>
        Back to the case
      </button>
      <button type="button" class="button primary" onClick={() => print()}>
        Print
      </button>
    </p>
    <header>
      <h1 tabIndex={-1}>
        Case #{view.case.caseId}: {KIND_WORDS[view.case.kind].toLowerCase()} on {view.case.platform}
      </h1>
      <p>
        {counted(view.case.hits, 'hit')}, {view.case.undecided} undecided. Printed by {me.value?.name} on{' '}
        {utcTime(new Date(nowMs.peek()).toISOString())}.
      </p>
      <p class="soft">
        The files themselves were not seen: every statement rests on hash values. No picture is drawn from a
        hash.
      </p>
    </header>
    {view.hits.map((item, at) => (
      <PrintedHit key={item.hit.hitId} item={item} number={at + 1} />
    ))}
  </article>
)

function PrintedHit({ item, number }: { item: CaseHit; number: number }) {
  const { hit, decision, outcomes } = item
  const viewed = viewedWords(hit.report.viewed)
  const turned = hit.matches.find(({ orientation }) => orientation !== undefined)
  return (
    <section class="printed-hit">
      <h2>
        Hit {number} <GradeMark grade={hit.grade} />
      </h2>
      <p class="soft">
        <code>{hit.hitId}</code>
      </p>
      <dl class="facts">
        <Line name="File">{masked(hit.report.contentRef)}</Line>
        <Line name="Seen">{utcTime(hit.report.observedAt)}</Line>
        <Line name="Reported">{utcTime(hit.receivedAt)}</Line>
        <Line name="Basis">{BASIS_WORDS[hit.report.basis.kind]}</Line>
        <Line name="Viewed">{viewed.short}</Line>
        <Line name="Orientation">{ORIENTATION_WORDS[turned?.orientation ?? 'as-is']}</Line>
        <Line name="By chance">{chanceWords(hit.expectedByChance)}</Line>
        <Line name="Decision">
          {decision
            ? `${VERDICT_WORDS[decision.verdict].name}, ${decision.reviewer}, ${utcTime(decision.decidedAt)}`
            : 'none'}
        </Line>
      </dl>
      <table class="plain stacked">
        <thead>
          <tr>
            <th scope="col">Source and entry</th>
            <th scope="col">Classification</th>
            <th scope="col">Match</th>
            <th scope="col">Added</th>
          </tr>
        </thead>
        <tbody>
          {listedEntries(hit.matches).map(({ entry, matches }) => (
            <tr key={`${entry.source}/${entry.sourceId}`}>
              <td>
                {entry.source} / <bdi>{entry.sourceId}</bdi>
              </td>
              <td>
                {entry.classification.scheme} {entry.classification.code}
              </td>
              <td>{howTheyMatch(matches)}</td>
              <td>{utcDay(entry.addedAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>{inOrder(hit.why).map(whySentence).join(' ')}</p>
      <p class="soft">{viewed.meaning}</p>
      {decision && decision.reason !== '' && (
        <p>
          Reason of the decision: <q dir="auto">{decision.reason}</q>
        </p>
      )}
      {outcomes.length > 0 && <p>{counted(outcomes.length, 'outcome')} reported.</p>}
    </section>
  )
}

const Line = ({ name, children }: { name: string; children: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)
