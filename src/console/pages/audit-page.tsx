// The audit: who did what, and whether all of it is as it was.
import { signal, useSignal } from '@preact/signals'
import { Fragment } from 'preact'
import { useEffect } from 'preact/hooks'
import type { AuditEntryView, AuditPage as Page, AuditVerifyView } from '../../contract/review.ts'
import { api } from '../client/api.ts'
import { Refusal } from '../client/refusal.ts'
import { mayI } from '../client/session.ts'
import { announce } from '../parts/announce.tsx'
import { Empty, Failed, Skeleton } from '../parts/states.tsx'
import { AUDIT_WORDS, auditWords, detailName } from '../wording/audit.ts'
import { count, counted, utcTime } from '../wording/times.ts'

const filter = {
  action: signal(''),
  actor: signal(''),
  caseId: signal(''),
}

export function AuditPage() {
  const page = useSignal<Page | Refusal | undefined>(undefined)
  const load = async (cursor?: string): Promise<void> => {
    const before = page.peek()
    const answer = await api.audit({
      action: filter.action.peek(),
      actor: filter.actor.peek().trim(),
      caseId: filter.caseId.peek().trim(),
      cursor,
    })
    const earlier = cursor !== undefined && before && !(before instanceof Refusal) ? before.entries : []
    page.value = answer instanceof Refusal ? answer : { ...answer, entries: [...earlier, ...answer.entries] }
    if (!(page.value instanceof Refusal))
      announce(`${counted(page.value.entries.length, 'entry', 'entries')} shown`)
  }
  useEffect(() => void load(), [])
  const shown = page.value
  return (
    <>
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>Audit</h1>
          <p class="soft">
            Who did what here. An entry that is changed or removed afterwards is found by the check below.
          </p>
        </div>
      </header>
      {mayI('audit.verify') && <Verify />}
      <Filter onApply={() => void load()} />
      <section class="card flush">
        {shown === undefined && <Skeleton lines={8} />}
        {shown instanceof Refusal && <Failed refusal={shown} retry={() => void load()} />}
        {shown && !(shown instanceof Refusal) && shown.entries.length === 0 && (
          <Empty title="No entry is like that" />
        )}
        {shown && !(shown instanceof Refusal) && shown.entries.length > 0 && (
          <Entries entries={shown.entries} />
        )}
        {shown && !(shown instanceof Refusal) && shown.next !== undefined && (
          <p class="more">
            <button type="button" class="button" onClick={() => void load(shown.next)}>
              Show more
            </button>
          </p>
        )}
      </section>
    </>
  )
}

const Filter = ({ onApply }: { onApply: () => void }) => (
  <form
    class="search-form card"
    onSubmit={(event) => {
      event.preventDefault()
      onApply()
    }}
  >
    <label class="field">
      <span>Action</span>
      <select
        value={filter.action.value}
        onChange={(event) => (filter.action.value = event.currentTarget.value)}
      >
        <option value="">all</option>
        {Object.entries(AUDIT_WORDS).map(([action, words]) => (
          <option key={action} value={action}>
            {words}
          </option>
        ))}
      </select>
    </label>
    <label class="field grow">
      <span>Person</span>
      <input
        value={filter.actor.value}
        maxLength={255}
        onInput={(event) => (filter.actor.value = event.currentTarget.value)}
      />
    </label>
    <label class="field">
      <span>Case number</span>
      <input
        value={filter.caseId.value}
        inputMode="numeric"
        pattern="[1-9][0-9]{0,18}"
        onInput={(event) => (filter.caseId.value = event.currentTarget.value)}
      />
    </label>
    <button type="submit" class="button">
      Filter
    </button>
  </form>
)

const Entries = ({ entries }: { entries: readonly AuditEntryView[] }) => (
  <table class="plain stacked audit">
    <caption class="unseen">Entries, newest first</caption>
    <thead>
      <tr>
        <th scope="col" class="number">
          Entry
        </th>
        <th scope="col">Time</th>
        <th scope="col">Person</th>
        <th scope="col">Action</th>
        <th scope="col">Case</th>
        <th scope="col">Details</th>
      </tr>
    </thead>
    <tbody>
      {entries.map(({ index, at, action, actor, caseId, details }) => (
        <tr key={index}>
          <td class="number soft">{count(index)}</td>
          <td>{utcTime(at)}</td>
          <td>{actor}</td>
          <td class="action">
            <strong>{auditWords(action)}</strong>
          </td>
          <td>{caseId && <a href={`/cases/${caseId}`}>#{caseId}</a>}</td>
          <td class="soft details">
            <Details details={details} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

/** Digests and ids of hits are 64 characters. */
const DETAIL_MAX = 36

/** What the entry says besides, by its own names. A long value is cut; the whole of it is the title. */
const Details = ({ details }: { details: AuditEntryView['details'] }) => (
  <>
    {Object.entries(details).map(([name, value], at) => {
      const text = String(value)
      return (
        <Fragment key={name}>
          {at > 0 && ' · '}
          {detailName(name)}:{' '}
          {text.length > DETAIL_MAX ? <span title={text}>{text.slice(0, 12)}…</span> : text}
        </Fragment>
      )
    })}
  </>
)

function verifiedWords(view: AuditVerifyView): string {
  const { isIntact, entries, checkpoints, proven, firstBroken, firstBrokenAtMost, why } = view
  if (isIntact)
    return `${counted(entries, 'entry', 'entries')} hashed again; ${counted(checkpoints, 'published checkpoint')} ${checkpoints === 1 ? 'proves' : 'prove'} the first ${count(proven)} of them.`
  const last =
    firstBrokenAtMost === undefined || firstBrokenAtMost === firstBroken
      ? ''
      : ` to ${count(firstBrokenAtMost)}`
  const where =
    firstBroken === undefined ? '' : `The first entry that is not as it was: ${count(firstBroken)}${last}. `
  return `${where}${why ?? ''}${why?.endsWith('.') === false ? '.' : ''}`
}

function Verify() {
  const result = useSignal<AuditVerifyView | Refusal | 'running' | undefined>(undefined)
  const run = async (): Promise<void> => {
    result.value = 'running'
    const answer = await api.verifyAudit()
    result.value = answer
    announce(
      answer instanceof Refusal
        ? answer.text
        : answer.isIntact
          ? 'The audit is intact'
          : 'The audit is NOT intact',
    )
  }
  const shown = result.value
  const isDone = shown !== undefined && shown !== 'running' && !(shown instanceof Refusal)
  return (
    <section class={`card verify ${isDone ? (shown.isIntact ? 'intact' : 'broken') : ''}`}>
      <div>
        <h2>{isDone ? (shown.isIntact ? '✓ Intact' : '✕ Not intact') : 'Is it intact?'}</h2>
        <p class="soft">
          {isDone
            ? verifiedWords(shown)
            : 'Hashes every entry again and holds the tree against the published checkpoints.'}
        </p>
        {isDone &&
          shown.warnings?.map((warning) => (
            <p key={warning} class="warning">
              {warning}
            </p>
          ))}
        {shown instanceof Refusal && <p role="alert">{shown.text}</p>}
      </div>
      <button type="button" class="button primary" disabled={shown === 'running'} onClick={() => void run()}>
        {shown === 'running' ? 'Verifying…' : 'Verify'}
      </button>
    </section>
  )
}
