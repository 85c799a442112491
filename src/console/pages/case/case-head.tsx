// The head of a case: what it is, whose it is, and what else can be done with it.
import { useSignal, type Signal } from '@preact/signals'
import type { CaseView } from '../../../contract/review.ts'
import { api } from '../../client/api.ts'
import { go } from '../../client/place.ts'
import { Refusal } from '../../client/refusal.ts'
import { mayI } from '../../client/session.ts'
import { useAction } from '../../keyboard/press.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ActionButton } from '../../parts/key-hint.tsx'
import { Menu, MenuItem } from '../../parts/menu.tsx'
import { Age, Ago } from '../../parts/moment.tsx'
import { complain, say } from '../../parts/toasts.tsx'
import { KIND_WORDS, STAGE_WORDS } from '../../wording/report.ts'
import { count, counted } from '../../wording/times.ts'
import { Directing, type Direction } from './directing.tsx'
import { LeaseClock } from './lease-notice.tsx'
import type { CaseWork } from './work.ts'

export function CaseHead({ work, view }: { work: CaseWork; view: CaseView }) {
  const row = view.case
  const isSkipping = useSignal(false)
  const direction = useSignal<Direction | undefined>(undefined)
  useAction('skip', () => (isSkipping.value = true), work.canDecide.value)
  useAction('print', () => go(`/cases/${row.caseId}/print`))
  return (
    <header class="page-head case-head">
      <div>
        <p class="crumbs">
          <a href="/">Queue</a> <span aria-hidden="true">/</span> Case #{row.caseId}
        </p>
        <h1 tabIndex={-1}>
          {KIND_WORDS[row.kind]} <span class="soft">on</span> {row.platform}
        </h1>
        <p class="soft case-line">
          <span>
            {counted(row.hits, 'hit')}
            {row.undecided < row.hits && row.undecided > 0 && `, ${count(row.undecided)} undecided`} ·{' '}
            {row.decidedAt === undefined ? (
              <>
                waits for <Age at={row.oldestAt} />
              </>
            ) : (
              <>
                decided <Ago at={row.decidedAt} />
              </>
            )}
          </span>
          {row.stage !== 'first' && <span class="tag">{STAGE_WORDS[row.stage]}</span>}
          {row.isRaised && <span class="tag raised">▲ Raised</span>}
          {row.hasLegalHold && <span class="tag">Legal hold</span>}
          {row.state === 'decided' && <span class="tag done">✓ Decided</span>}
          <LeaseClock work={work} />
        </p>
      </div>
      <div class="head-actions">
        {work.canDecide.value && (
          <ActionButton action="skip" label="Skip" onPress={() => (isSkipping.value = true)} />
        )}
        <ExportMenu caseId={row.caseId} />
        <DirectMenu row={row} direction={direction} />
      </div>
      {isSkipping.value && <SkipDialog work={work} onClose={() => (isSkipping.value = false)} />}
      {direction.value && (
        <Directing
          direction={direction.value}
          row={row}
          onClose={() => (direction.value = undefined)}
          onDone={() => void work.load()}
        />
      )}
    </header>
  )
}

type Format = Parameters<typeof api.export>[1]
const FILE_ENDINGS: Readonly<Record<Format, string>> = {
  'cybertip-json': 'cybertip.json',
  'vics-json': 'vics.json',
}

/** How long a browser may take to begin to save the file. */
const SAVING_MS = 60_000

async function save(caseId: string, format: Format): Promise<void> {
  const file = await api.export(caseId, format)
  if (file instanceof Refusal) {
    complain(file.text)
    return
  }
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = `case-${caseId}-${FILE_ENDINGS[format]}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), SAVING_MS)
  say(`Exported as ${link.download}`)
}

const ExportMenu = ({ caseId }: { caseId: string }) => (
  <Menu label="Export">
    {mayI('export') && (
      <>
        <MenuItem
          label="CyberTipline file details"
          note="JSON"
          onPress={() => void save(caseId, 'cybertip-json')}
        />
        <MenuItem label="VICS 2.0" note="JSON" onPress={() => void save(caseId, 'vics-json')} />
      </>
    )}
    <MenuItem label="Page for printing" action="print" onPress={() => go(`/cases/${caseId}/print`)} />
  </Menu>
)

interface DirectMenuProps {
  readonly row: CaseView['case']
  readonly direction: Signal<Direction | undefined>
}

const DirectMenu = ({ row, direction }: DirectMenuProps) =>
  mayI('case.direct') || mayI('case.hold') ? (
    <Menu label="Direct">
      {mayI('case.direct') && (
        <>
          <MenuItem label="Assign…" onPress={() => (direction.value = 'assign')} />
          <MenuItem label="Move to a queue…" onPress={() => (direction.value = 'move')} />
          <MenuItem label="Priority…" onPress={() => (direction.value = 'priority')} />
        </>
      )}
      {mayI('case.hold') && (
        <MenuItem
          label={row.hasLegalHold ? 'Lift the legal hold…' : 'Set a legal hold…'}
          onPress={() => (direction.value = 'hold')}
        />
      )}
    </Menu>
  ) : null

const REASONS = [
  'Needs another language or region',
  'I know a person involved',
  'Needs a supervisor',
  'A break',
] as const

function SkipDialog({ work, onClose }: { work: CaseWork; onClose: () => void }) {
  const reason = useSignal('')
  const skip = (text: string): void => {
    onClose()
    void work.skip(text)
  }
  return (
    <Dialog title="Skip this case" onClose={onClose}>
      <p class="soft">It goes back to the queue, and is not offered to you again for a while. Why?</p>
      <div class="choices">
        {REASONS.map((text) => (
          <button key={text} type="button" class="button" onClick={() => skip(text)}>
            {text}
          </button>
        ))}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          skip(reason.value.trim())
        }}
      >
        <label class="field">
          <span>Another reason</span>
          <input
            value={reason.value}
            maxLength={500}
            required
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
        </label>
        <footer>
          <button type="submit" class="button primary">
            Skip
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
