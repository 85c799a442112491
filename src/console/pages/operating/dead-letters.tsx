// Dead letters: how many of each code, their pointers, and the replay of chosen ones, with a result for each.
import { useSignal } from '@preact/signals'
import type {
  CodeCount,
  DeadLettersPage,
  DeadLetterView,
  OperationsView,
  ReplayedView,
} from '../../../contract/review.ts'
import { Runbook } from '../../charts/runbook.tsx'
import { api } from '../../client/api.ts'
import { Refusal } from '../../client/refusal.ts'
import { mayI } from '../../client/session.ts'
import { announce } from '../../parts/announce.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { complain } from '../../parts/toasts.tsx'
import { DEAD_LETTER_WORDS, REPLAY_WORDS } from '../../wording/dead-letters.ts'
import { bytes, count, counted, localTime } from '../../wording/times.ts'
import { noneText, spanText } from './dead-letter-span.ts'
import { noLetters, withMore, type LettersShown } from './letters-shown.ts'
import { panelOf } from './panels.ts'
import { ScrollBox } from '../../parts/scroll-box.tsx'

type Code = CodeCount['code']
type Results = ReadonlyMap<string, ReplayedView['results'][number]['result']>

/** As the server takes them at once. */
const MOST_CHOSEN = 100

export function DeadLetters({ view }: { view: OperationsView }) {
  const page = useSignal<LettersShown>(undefined)
  const code = useSignal<Code | undefined>(undefined)
  const load = async (): Promise<void> => {
    const asked = code.peek()
    page.value = 'loading'
    const answer = await api.deadLetters(asked)
    if (asked === code.peek()) page.value = answer
  }
  const more = async (cursor: string): Promise<void> => {
    const before = page.peek()
    const answer = await api.deadLetters(code.peek(), cursor)
    // Another code was chosen meanwhile, or the same was asked twice.
    if (page.peek() !== before) return
    if (answer instanceof Refusal) complain(answer.text)
    page.value = withMore(before, answer)
  }
  const choose = (next: Code | undefined): void => {
    code.value = next
    void load()
  }
  const panel = panelOf('dead-letters')
  const shown = page.value
  return (
    <section class="card flush" aria-label="Dead letters">
      <div class="card-head">
        <h2>{panel?.title}</h2>
        {panel && <Runbook alert={panel.runbook} />}
      </div>
      <div class="foot dead-letter-counts">
        <Counts view={view} chosen={code.value} onChoose={choose} />
        {shown === undefined && (
          <button type="button" class="button" onClick={() => void load()}>
            Look at the pointers
          </button>
        )}
      </div>
      {shown === 'loading' && <Skeleton lines={4} />}
      {shown instanceof Refusal && <Failed refusal={shown} retry={() => void load()} />}
      {typeof shown === 'object' && !(shown instanceof Refusal) && (
        <Letters page={shown} onMore={(cursor) => void more(cursor)} />
      )}
    </section>
  )
}

interface CountsProps {
  readonly view: OperationsView
  readonly chosen: Code | undefined
  readonly onChoose: (code: Code | undefined) => void
}

function Counts({ view, chosen, onChoose }: CountsProps) {
  const { deadLetters: counts } = view
  if (!counts) return <p class="soft">Not known.</p>
  const some = counts.filter(({ count: amount }) => amount > 0).toSorted((a, b) => b.count - a.count)
  if (some.length === 0) return <p class="soft">{noneText(view)}</p>
  return (
    <>
      <div class="chips" role="group" aria-label="Code">
        <button
          type="button"
          class="chip"
          aria-pressed={chosen === undefined}
          onClick={() => onChoose(undefined)}
        >
          All <span class="soft">{count(some.reduce((sum, one) => sum + one.count, 0))}</span>
        </button>
        {some.map(({ code, count: amount }) => (
          <button
            key={code}
            type="button"
            class="chip"
            aria-pressed={chosen === code}
            onClick={() => onChoose(code)}
          >
            {DEAD_LETTER_WORDS[code]} <span class="soft">{count(amount)}</span>
          </button>
        ))}
      </div>
      <span class="soft">{spanText(view)}</span>
    </>
  )
}

function Letters({ page, onMore }: { page: DeadLettersPage; onMore: (cursor: string) => void }) {
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const results = useSignal<Results>(new Map())
  const isAsking = useSignal(false)
  const canReplay = mayI('dead-letter.replay')
  const toggle = (id: string): void => {
    const next = new Set(chosen.peek())
    if (!next.delete(id)) next.add(id)
    chosen.value = next
  }
  const { letters, next } = page
  return (
    <>
      {letters.length === 0 && <p class="foot soft">{noLetters(page)}</p>}
      {letters.length > 0 && (
        <LetterTable
          letters={letters}
          results={results.value}
          {...(canReplay ? { chosen: chosen.value, onToggle: toggle } : {})}
        />
      )}
      <div class="foot letter-actions">
        {canReplay && letters.length > 0 && (
          <button
            type="button"
            class="button primary"
            disabled={chosen.value.size === 0 || chosen.value.size > MOST_CHOSEN}
            onClick={() => (isAsking.value = true)}
          >
            {chosen.value.size === 0 ? 'Replay…' : `Replay ${counted(chosen.value.size, 'record')}…`}
          </button>
        )}
        {chosen.value.size > MOST_CHOSEN && <p class="soft">At most {MOST_CHOSEN} at a time.</p>}
        {next !== undefined && (
          <button type="button" class="button" onClick={() => onMore(next)}>
            Show more
          </button>
        )}
      </div>
      {isAsking.value && (
        <ReplayDialog
          ids={[...chosen.value]}
          onClose={() => (isAsking.value = false)}
          onDone={(done) => {
            results.value = new Map([...results.peek(), ...done])
            chosen.value = new Set()
            isAsking.value = false
          }}
        />
      )}
    </>
  )
}

interface LetterTableProps {
  readonly letters: readonly DeadLetterView[]
  readonly results: Results
  readonly chosen?: ReadonlySet<string>
  /** Left out: none can be chosen. */
  readonly onToggle?: (id: string) => void
}

const LetterTable = ({ letters, results, chosen, onToggle }: LetterTableProps) => (
  <ScrollBox label="Pointers of dead letters">
    <table class="stacked letters">
      <thead>
        <tr>
          {onToggle && (
            <th scope="col">
              <span class="unseen">Chosen</span>
            </th>
          )}
          <th scope="col">Record</th>
          <th scope="col">Why</th>
          <th scope="col" class="number">
            Size
          </th>
          <th scope="col">Written</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <LetterRow
            key={letter.id}
            letter={letter}
            result={results.get(letter.id)}
            isChosen={chosen?.has(letter.id) ?? false}
            {...(onToggle ? { onToggle } : {})}
          />
        ))}
      </tbody>
    </table>
  </ScrollBox>
)

interface LetterRowProps {
  readonly letter: DeadLetterView
  readonly result: ReplayedView['results'][number]['result'] | undefined
  readonly isChosen: boolean
  readonly onToggle?: (id: string) => void
}

function LetterRow({ letter, result, isChosen, onToggle }: LetterRowProps) {
  const { id, topic, partition, offset, lastOffset, code, place, bytes: size, at } = letter
  const record = `${topic}/${partition} at ${offset}${lastOffset === undefined ? '' : ` to ${lastOffset}`}`
  return (
    <tr>
      {onToggle && (
        <td class="of-choice">
          <input
            type="checkbox"
            aria-label={`Choose ${record}`}
            checked={isChosen}
            onChange={() => onToggle(id)}
          />
        </td>
      )}
      <td class="mono">{record}</td>
      <td>
        {DEAD_LETTER_WORDS[code]} {place !== '' && <code class="soft">{place}</code>}
      </td>
      <td class="number">{bytes(size)}</td>
      <td>{localTime(at)}</td>
      <td>{result && <Result result={result} />}</td>
    </tr>
  )
}

function Result({ result }: { result: keyof typeof REPLAY_WORDS }) {
  const { sign, text, isDone } = REPLAY_WORDS[result]
  return (
    <span class={isDone ? 'state-ready' : 'state-waiting'}>
      <span aria-hidden="true">{sign}</span> {text}
    </span>
  )
}

interface ReplayDialogProps {
  readonly ids: readonly string[]
  readonly onClose: () => void
  readonly onDone: (results: Results) => void
}

function ReplayDialog({ ids, onClose, onDone }: ReplayDialogProps) {
  const isRunning = useSignal(false)
  const run = async (): Promise<void> => {
    isRunning.value = true
    const answer = await api.replayDeadLetters(ids)
    isRunning.value = false
    if (answer instanceof Refusal) {
      complain(answer.text)
      return
    }
    const done = answer.results.filter(({ result }) => REPLAY_WORDS[result].isDone).length
    announce(`${count(done)} of ${counted(ids.length, 'record')} submitted again`)
    onDone(new Map(answer.results.map(({ id, result }) => [id, result])))
  }
  return (
    <Dialog title={`Replay ${counted(ids.length, 'record')}?`} onClose={onClose}>
      <p>
        Each record is read from its topic and submitted again, as it is. A matcher of today may accept it;
        otherwise it becomes a dead letter once more. A record that killed a matcher may do so again.
      </p>
      <p class="soft">The audit names who did it, and how many.</p>
      <footer>
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button primary" disabled={isRunning.value} onClick={() => void run()}>
          {isRunning.value ? 'Replaying…' : 'Replay'}
        </button>
      </footer>
    </Dialog>
  )
}
