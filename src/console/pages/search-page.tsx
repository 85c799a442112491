// Search, exactly: by a reference, a known entry or a hash value. The value goes in the request's body and is
// an entry of the audit; it never stands in the address.
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { CasePage, SearchBody } from '../../contract/review.ts'
import { api } from '../client/api.ts'
import { Refusal } from '../client/refusal.ts'
import { announce } from '../parts/announce.tsx'
import { CaseList } from '../parts/case-list.tsx'
import { Empty, Failed, Skeleton } from '../parts/states.tsx'
import { counted } from '../wording/times.ts'

const KINDS: Readonly<Record<SearchBody['kind'], string>> = {
  reportId: 'Report id',
  contentRef: 'File reference',
  actorRef: 'Uploader',
  cybertipId: 'CyberTip id',
  hitId: 'Hit id',
  knownEntry: 'Known entry (source/id)',
  hashValue: 'Hash value',
}

const kind = signal<SearchBody['kind']>('reportId')
const text = signal('')
const result = signal<CasePage | Refusal | 'loading' | undefined>(undefined)

async function run(cursor?: string): Promise<void> {
  const before = result.peek()
  if (cursor === undefined) result.value = 'loading'
  const body = { kind: kind.peek(), value: text.peek().trim(), ...(cursor === undefined ? {} : { cursor }) }
  const answer = await api.search(body)
  if (answer instanceof Refusal) {
    result.value = answer
    return
  }
  const earlier = cursor !== undefined && typeof before === 'object' && 'cases' in before ? before.cases : []
  result.value = { ...answer, cases: [...earlier, ...answer.cases] }
  announce(`${counted(result.value.cases.length, 'case')} found`)
}

export function SearchPage() {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <>
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>Search</h1>
          <p class="soft">
            Finds exactly what you type, in the cases that you may see. Each search is recorded.
          </p>
        </div>
      </header>
      <form
        class="search-form card"
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
          void run()
        }}
      >
        <label class="field">
          <span>Search by</span>
          <select
            value={kind.value}
            onChange={(event) => (kind.value = event.currentTarget.value as SearchBody['kind'])}
          >
            {Object.entries(KINDS).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field grow">
          <span>{KINDS[kind.value]}</span>
          <input
            ref={field}
            value={text.value}
            required
            maxLength={320}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button primary">
          Search
        </button>
      </form>
      <Result />
    </>
  )
}

function Result() {
  const shown = result.value
  if (shown === undefined) return null
  if (shown === 'loading')
    return (
      <section class="card">
        <Skeleton lines={4} />
      </section>
    )
  if (shown instanceof Refusal) return <Failed refusal={shown} retry={() => void run()} />
  return (
    <section class="card flush">
      <div class="card-head">
        <h2>{counted(shown.cases.length, 'case')}</h2>
      </div>
      {shown.cases.length === 0 ? (
        <Empty title="Nothing is found">
          <p class="soft">The value has to be whole and exact. Cases that you may not see are not found.</p>
        </Empty>
      ) : (
        <CaseList cases={shown.cases} label="Cases found" />
      )}
      {shown.next !== undefined && (
        <p class="more">
          <button type="button" class="button" onClick={() => void run(shown.next)}>
            Show more
          </button>
        </p>
      )}
    </section>
  )
}
