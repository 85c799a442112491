// The hits of a case: which one is shown, and which are selected to be decided apart from the others.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Grade } from '../../../contract/hit.ts'
import type { CaseHit } from '../../../contract/review.ts'
import { useAction } from '../../keyboard/press.ts'
import { GradeMark } from '../../parts/grade-mark.tsx'
import { KeyHint } from '../../parts/key-hint.tsx'
import { GRADE_WORDS, strongestFirst } from '../../wording/grades.ts'
import { HASH_NAMES } from '../../wording/report.ts'
import { count, masked, utcShort } from '../../wording/times.ts'
import { VERDICT_WORDS } from '../../wording/verdicts.ts'
import type { CaseWork } from './work.ts'

/** Rows that are drawn at first, and then more at a time. */
const FIRST_ROWS = 50

type Filter = 'all' | 'waiting' | 'selected' | Grade

function passes(item: CaseHit, filter: Filter, work: CaseWork): boolean {
  if (filter === 'all') return true
  if (filter === 'waiting') return item.isWaiting
  if (filter === 'selected') return work.selected.value.has(item.hit.hitId)
  return item.hit.grade === filter
}

function toggle(work: CaseWork, items: readonly CaseHit[], isOn: boolean): void {
  const selected = new Set(work.selected.peek())
  for (const item of items) {
    if (isOn && item.isWaiting) selected.add(item.hit.hitId)
    else selected.delete(item.hit.hitId)
  }
  work.selected.value = selected
}

function useHitKeys(work: CaseWork, shown: readonly CaseHit[]): void {
  useAction('hit-down', () => work.step(1, shown))
  useAction('hit-up', () => work.step(-1, shown))
  useAction('select', () => {
    const item = work.focused.peek()
    if (item) toggle(work, [item], !work.selected.peek().has(item.hit.hitId))
  })
  useAction('select-all', () => {
    const waiting = shown.filter(({ isWaiting }) => isWaiting)
    toggle(work, waiting, !waiting.every(({ hit }) => work.selected.peek().has(hit.hitId)))
  })
}

/** Enough rows that the hit whose evidence is shown is among them. */
function rowsFor(shown: readonly CaseHit[], work: CaseWork): number {
  const at = shown.findIndex(({ hit }) => hit.hitId === work.focused.value?.hit.hitId)
  return FIRST_ROWS * Math.ceil((at + 1) / FIRST_ROWS || 1)
}

export function CaseHits({ work }: { work: CaseWork }) {
  const filter = useSignal<Filter>('all')
  const isWhole = useSignal(false)
  const all = work.hits.value
  const shown = all.filter((item) => passes(item, filter.value, work))
  const numbers = new Map(all.map(({ hit }, at) => [hit.hitId, at + 1]))
  const rows = isWhole.value ? shown.length : rowsFor(shown, work)
  useHitKeys(work, shown)
  const grades = strongestFirst([...new Set(all.map(({ hit }) => hit.grade))])
  const waiting = all.filter(({ isWaiting }) => isWaiting)
  const selected = work.selected.value.size
  return (
    <section class="card flush" aria-labelledby="case-hits">
      <div class="card-head">
        <h2 id="case-hits">Hits of this case</h2>
        <label class="inline-field">
          <span>Show</span>
          <select
            value={filter.value}
            onChange={(event) => (filter.value = event.currentTarget.value as Filter)}
          >
            <option value="all">all {count(all.length)}</option>
            <option value="waiting">undecided {count(waiting.length)}</option>
            <option value="selected">selected {count(selected)}</option>
            {grades.map((grade) => (
              <option key={grade} value={grade}>
                {GRADE_WORDS[grade].name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="soft hint-line">
        {selected > 0
          ? `${count(selected)} selected: a verdict decides these alone.`
          : 'A verdict decides all undecided hits, unless you select some.'}
        <span class="keys-line">
          <KeyHint action="hit-down" /> <KeyHint action="hit-up" /> move <KeyHint action="select" /> select{' '}
          <KeyHint action="select-all" /> all
        </span>
      </p>
      <div class="hits-box">
        <table class="hits">
          <thead>
            <HeadRow work={work} shown={shown} />
          </thead>
          <tbody>
            {shown.slice(0, rows).map((item) => (
              <HitRow
                key={item.hit.hitId}
                item={item}
                number={numbers.get(item.hit.hitId) ?? 0}
                work={work}
              />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="soft foot">No hit of this case is like that.</p>}
        {shown.length > rows && (
          <p class="more">
            <button type="button" class="button" onClick={() => (isWhole.value = true)}>
              Show all {count(shown.length)}
            </button>
          </p>
        )}
      </div>
    </section>
  )
}

interface HeadRowProps {
  readonly work: CaseWork
  readonly shown: readonly CaseHit[]
}

function HeadRow({ work, shown }: HeadRowProps) {
  const waiting = shown.filter(({ isWaiting }) => isWaiting)
  const isAll = waiting.length > 0 && waiting.every(({ hit }) => work.selected.value.has(hit.hitId))
  return (
    <tr>
      <th scope="col">
        <input
          type="checkbox"
          aria-label="Select all shown hits"
          disabled={waiting.length === 0}
          checked={isAll}
          onChange={(event) => toggle(work, shown, event.currentTarget.checked)}
        />
      </th>
      <th scope="col">Hit</th>
      <th scope="col">How sure</th>
      <th scope="col">Best match</th>
      <th scope="col">Seen (UTC)</th>
      <th scope="col">Decision</th>
    </tr>
  )
}

/** Scrolls the box of the rows, and never the page: the evidence above is what somebody reads. */
function bringIntoBox(row: HTMLElement): void {
  const box = row.closest('.hits-box')
  const head = box?.querySelector('thead')
  if (!box || !head) return
  const { top, bottom } = row.getBoundingClientRect()
  const from = head.getBoundingClientRect().bottom
  const to = box.getBoundingClientRect().bottom
  if (top < from) box.scrollTop -= from - top
  else if (bottom > to) box.scrollTop += bottom - to
}

function HitRow({ item, number, work }: { item: CaseHit; number: number; work: CaseWork }) {
  const { hit, decision } = item
  const isShown = work.focused.value?.hit.hitId === hit.hitId
  const isSelected = work.selected.value.has(hit.hitId)
  const [best] = hit.matches
  const row = useRef<HTMLTableRowElement>(null)
  useEffect(() => {
    if (isShown && row.current) bringIntoBox(row.current)
  }, [isShown])
  return (
    <tr ref={row} class={`${isShown ? 'shown' : ''} ${isSelected ? 'selected' : ''}`}>
      <td>
        <input
          type="checkbox"
          aria-label={`Select hit ${number}`}
          checked={isSelected}
          disabled={!item.isWaiting}
          onChange={(event) => toggle(work, [item], event.currentTarget.checked)}
        />
      </td>
      <td>
        <button
          type="button"
          class="link"
          aria-current={isShown ? 'true' : undefined}
          onClick={() => (work.focusedId.value = hit.hitId)}
        >
          Hit {number}
        </button>{' '}
        <span class="soft mono">{masked(hit.report.contentRef)}</span>
      </td>
      <td>
        <GradeMark grade={hit.grade} />
      </td>
      <td class="soft">
        {best &&
          (best.distance === 0
            ? `${HASH_NAMES[best.type]} equal`
            : `${HASH_NAMES[best.type]} ${best.distance} bits`)}
      </td>
      <td class="soft">{utcShort(hit.report.observedAt)}</td>
      <td>
        {decision ? (
          <span class="tag done">✓ {VERDICT_WORDS[decision.verdict].name}</span>
        ) : (
          <span class="soft">–</span>
        )}
      </td>
    </tr>
  )
}
