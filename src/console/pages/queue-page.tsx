// The queue: the person's own leases, and what waits, by priority and age. New cases arrive by themselves.
import { signal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { CasePage, QueueView } from '../../contract/review.ts'
import { api } from '../client/api.ts'
import { loaded, type Loaded } from '../client/loaded.ts'
import { onLive } from '../client/live.ts'
import { Refusal } from '../client/refusal.ts'
import { mayI } from '../client/session.ts'
import { useAction } from '../keyboard/press.ts'
import { announce } from '../parts/announce.tsx'
import { CaseList } from '../parts/case-list.tsx'
import { ActionButton } from '../parts/key-hint.tsx'
import { Age } from '../parts/moment.tsx'
import { Empty, Failed, Skeleton } from '../parts/states.tsx'
import { complain } from '../parts/toasts.tsx'
import { count, counted } from '../wording/times.ts'
import { isTaking, takeNext, workingQueue } from './taking.ts'

/** Events come in bursts: the lists are asked for at most this often. */
const RELOAD_EVERY_MS = 1_500

const queues = loaded(() => api.queues())
const waiting: Loaded<CasePage> = loaded(() => api.cases(workingQueue.peek()))
/** Cases that came since the page was opened. */
const fresh = signal<ReadonlySet<string>>(new Set())

async function reloadAll(): Promise<void> {
  const before = waiting.value.peek()
  await Promise.all([queues.reload(), waiting.reload()])
  const after = waiting.value.peek()
  if (!before || !after) return
  const known = new Set(before.cases.map(({ caseId }) => caseId))
  const arrived = after.cases.filter(({ caseId }) => !known.has(caseId)).map(({ caseId }) => caseId)
  if (arrived.length === 0) return
  fresh.value = new Set([...fresh.peek(), ...arrived])
  announce(`${counted(arrived.length, 'new case')} in the queue`)
}

function useQueueEvents(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    fresh.value = new Set()
    void reloadAll()
    const stop = onLive(() => {
      timer ??= setTimeout(() => {
        timer = undefined
        void reloadAll()
      }, RELOAD_EVERY_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [])
}

export function QueuePage() {
  useQueueEvents()
  const canWork = mayI('case.work')
  useAction('next-case', () => void takeNext(), canWork)
  const all = queues.value.value
  const open = useMemo(() => all?.queues.reduce((sum, queue) => sum + queue.open, 0) ?? 0, [all])
  return (
    <>
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>Queue</h1>
          <p class="soft">{all ? <Summary queues={all.queues} open={open} /> : 'Loading…'}</p>
        </div>
        {canWork && (
          <ActionButton
            action="next-case"
            label="Take the next case"
            class="primary"
            disabled={isTaking.value}
            onPress={() => void takeNext()}
          />
        )}
      </header>
      {queues.refusal.value && !all && (
        <Failed refusal={queues.refusal.value} retry={() => void reloadAll()} />
      )}
      {all && all.mine.length > 0 && (
        <section class="card flush">
          <h2>Yours now</h2>
          <CaseList cases={all.mine} label="Cases that you hold" />
        </section>
      )}
      {mayI('case.read') ? <Waiting queues={all?.queues ?? []} /> : <OnlyCounts queues={all?.queues ?? []} />}
    </>
  )
}

function Summary({ queues: all, open }: { queues: readonly QueueView[]; open: number }) {
  const oldest = all
    .flatMap(({ oldestAt }) => oldestAt ?? [])
    .toSorted()
    .at(0)
  const leased = all.reduce((sum, queue) => sum + queue.leased, 0)
  return (
    <>
      {counted(open, 'case')} {open === 1 ? 'waits' : 'wait'}
      {leased > 0 && ` · ${count(leased)} in work`}
      {oldest !== undefined && (
        <>
          {' '}
          · the oldest for <Age at={oldest} />
        </>
      )}
    </>
  )
}

function Waiting({ queues: all }: { queues: readonly QueueView[] }) {
  const page = waiting.value.value
  const refusal = waiting.refusal.value
  const choose = (name: string | undefined): void => {
    workingQueue.value = name
    void waiting.reload()
  }
  return (
    <section class="card flush">
      <div class="card-head">
        <h2>Waiting</h2>
        {all.length > 1 && (
          <div class="chips" role="group" aria-label="Queue">
            <Chip label="All" isOn={workingQueue.value === undefined} onPress={() => choose(undefined)} />
            {all.map(({ name, title, open }) => (
              <Chip
                key={name}
                label={title}
                amount={open}
                isOn={workingQueue.value === name}
                onPress={() => choose(name)}
              />
            ))}
          </div>
        )}
      </div>
      {refusal && !page && <Failed refusal={refusal} retry={() => void waiting.reload()} />}
      {!page && !refusal && <Skeleton lines={6} />}
      {page?.cases.length === 0 && (
        <Empty title="No case waits">
          <p class="soft">New hits appear here by themselves, as cases. You need not load the page again.</p>
        </Empty>
      )}
      {page && page.cases.length > 0 && (
        <CaseList cases={page.cases} label="Cases that wait" fresh={fresh.value} />
      )}
      {page?.next !== undefined && <More cursor={page.next} page={page} />}
    </section>
  )
}

interface ChipProps {
  readonly label: string
  readonly amount?: number
  readonly isOn: boolean
  readonly onPress: () => void
}

const Chip = ({ label, amount, isOn, onPress }: ChipProps) => (
  <button type="button" class="chip" aria-pressed={isOn} onClick={onPress}>
    {label}
    {amount !== undefined && <span class="soft"> {count(amount)}</span>}
  </button>
)

function More({ cursor, page }: { cursor: string; page: CasePage }) {
  const isLoading = useSignal(false)
  const more = async (): Promise<void> => {
    isLoading.value = true
    const next = await api.cases(workingQueue.peek(), cursor)
    isLoading.value = false
    if (next instanceof Refusal) complain(next.text)
    else waiting.put({ ...next, cases: [...page.cases, ...next.cases] })
  }
  return (
    <p class="more">
      <button type="button" class="button" disabled={isLoading.value} onClick={() => void more()}>
        Show more
      </button>
    </p>
  )
}

/** For operators, who may see how much waits, but no case. */
const OnlyCounts = ({ queues: all }: { queues: readonly QueueView[] }) => (
  <section class="card flush">
    <table class="plain">
      <caption>Queues</caption>
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col" class="number">
            Waiting
          </th>
          <th scope="col" class="number">
            In work
          </th>
          <th scope="col" class="number">
            Oldest
          </th>
        </tr>
      </thead>
      <tbody>
        {all.map(({ name, title, open, leased, oldestAt }) => (
          <tr key={name}>
            <td>{title}</td>
            <td class="number">{count(open)}</td>
            <td class="number">{count(leased)}</td>
            <td class="number">{oldestAt === undefined ? '–' : <Age at={oldestAt} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)
