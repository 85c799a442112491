// A case that is being worked on: its view, the lease, which hits are selected, and what was typed. What was typed
// belongs to the case and stays for as long as the tab is open, also when the lease is lost or the session ends.
import { batch, computed, signal, type Signal } from '@preact/signals'
import type { Verdict } from '../../../contract/decision.ts'
import type { CaseHit, CaseView } from '../../../contract/review.ts'
import { api } from '../../client/api.ts'
import { nowMs, serverNow } from '../../client/clock.ts'
import { loaded } from '../../client/loaded.ts'
import { Refusal } from '../../client/refusal.ts'
import { me } from '../../client/session.ts'
import { evidenceOf } from '../../evidence/evidence-of.ts'
import { alarm, announce } from '../../parts/announce.tsx'
import { complain, offerUndo } from '../../parts/toasts.tsx'
import { VERDICT_WORDS } from '../../wording/verdicts.ts'
import { counted } from '../../wording/times.ts'
import { takeNext } from '../taking.ts'

export interface Draft {
  readonly reason: Signal<string>
  readonly note: Signal<string>
}

const drafts = new Map<string, Draft>()

function draftOf(caseId: string): Draft {
  const draft = drafts.get(caseId) ?? { reason: signal(''), note: signal('') }
  drafts.set(caseId, draft)
  return draft
}

/** The share of a lease that is left when the warning comes, and its least in milliseconds (WCAG 2.2.1: 20 s). */
const WARN_SHARE = 0.2
const WARN_LEAST_MS = 20_000

export type LeaseState = 'none' | 'held' | 'ending' | 'lost'

export class CaseWork {
  readonly caseId: string
  readonly view
  readonly draft: Draft
  readonly lease = signal<{ readonly token: number; readonly untilMs: number } | undefined>(undefined)
  readonly #isLost = signal(false)
  readonly selected = signal<ReadonlySet<string>>(new Set())
  readonly focusedId = signal<string | undefined>(undefined)
  readonly isBusy = signal(false)

  readonly leaseState = computed((): LeaseState => {
    const held = this.lease.value
    if (!held) return this.#isLost.value ? 'lost' : 'none'
    const left = held.untilMs - nowMs.value
    if (left <= 0) return 'lost'
    return left <= this.#warnMs ? 'ending' : 'held'
  })
  readonly hits = computed((): readonly CaseHit[] => this.view.value.value?.hits ?? [])
  /** The hit whose evidence is shown: the strongest, until another is chosen. */
  readonly focused = computed(
    (): CaseHit | undefined =>
      this.hits.value.find(({ hit }) => hit.hitId === this.focusedId.value) ?? this.hits.value[0],
  )
  readonly canDecide = computed(() => ['held', 'ending'].includes(this.leaseState.value))

  constructor(caseId: string) {
    this.caseId = caseId
    this.draft = draftOf(caseId)
    this.view = loaded(() => api.case(caseId))
  }

  get #leaseMs(): number {
    return me.peek()?.leaseMs ?? 600_000
  }

  get #warnMs(): number {
    return Math.max(this.#leaseMs * WARN_SHARE, Math.min(WARN_LEAST_MS, this.#leaseMs / 2))
  }

  async load(): Promise<void> {
    const view = await this.view.reload()
    if (view) this.#takeLeaseOf(view)
  }

  #takeLeaseOf({ lease, hits }: CaseView): void {
    const held = this.lease.peek()
    batch(() => {
      // While a decision is on its way, an event of it may come first: then the lease is not lost but done.
      if (lease) this.#hold(lease)
      else if (held && !this.isBusy.peek()) this.#lose()
      const waiting = new Set(hits.filter(({ isWaiting }) => isWaiting).map(({ hit }) => hit.hitId))
      this.selected.value = new Set([...this.selected.peek()].filter((id) => waiting.has(id)))
    })
  }

  #lose(): void {
    this.lease.value = undefined
    this.#isLost.value = true
    alarm('You no longer hold this case. What you typed is kept.')
  }

  /** Once a second: whether the lease has ended by the server's clock. */
  checkLease(): void {
    const held = this.lease.peek()
    if (held && held.untilMs <= serverNow()) this.#lose()
  }

  async take(): Promise<void> {
    const lease = await api.lease(this.caseId)
    if (lease instanceof Refusal) {
      complain(lease.text)
      await this.view.reload()
      return
    }
    this.#hold(lease)
    announce('The case is yours')
    await this.load()
  }

  #hold(lease: { token: number; until: string }): void {
    nowMs.value = serverNow()
    this.lease.value = { token: lease.token, untilMs: Date.parse(lease.until) }
    this.#isLost.value = false
  }

  async renew(): Promise<void> {
    const held = this.lease.peek()
    if (!held) return
    const lease = await api.renew(this.caseId, held.token)
    if (!(lease instanceof Refusal)) this.#hold(lease)
    else if (lease.code === 'lease-lost') this.#lose()
  }

  /** Renews once a third of the lease has passed: called while the person is active. */
  async renewIfDue(): Promise<void> {
    const held = this.lease.peek()
    if (held && held.untilMs - serverNow() < (this.#leaseMs * 2) / 3) await this.renew()
  }

  async skip(reason: string): Promise<void> {
    const held = this.lease.peek()
    if (!held) return
    const answer = await api.skip(this.caseId, held.token, reason)
    if (answer instanceof Refusal) {
      complain(answer.text)
      return
    }
    this.lease.value = undefined
    await takeNext()
  }

  /** Shows the evidence of the next hit, or the one before, of these. */
  step(by: 1 | -1, among: readonly CaseHit[] = this.hits.peek()): void {
    const at = among.findIndex(({ hit }) => hit.hitId === this.focused.peek()?.hit.hitId)
    const next = among[Math.min(among.length - 1, Math.max(0, at + by))]
    if (next) this.focusedId.value = next.hit.hitId
  }

  /** The hits that a verdict would decide now: those selected, else all that wait. */
  readonly toDecide = computed((): readonly CaseHit[] => {
    const waiting = this.hits.value.filter(({ isWaiting }) => isWaiting)
    const chosen = waiting.filter(({ hit }) => this.selected.value.has(hit.hitId))
    return chosen.length > 0 ? chosen : waiting
  })

  async decide(verdict: Verdict): Promise<void> {
    const [held, view] = [this.lease.peek(), this.view.value.peek()]
    if (!held || !view || this.isBusy.peek()) return
    this.isBusy.value = true
    try {
      const some = this.selected.peek().size > 0 ? this.toDecide.peek() : undefined
      const evidence = some
        ? await evidenceOf(some.map(({ hit, evidence: one }) => ({ hitId: hit.hitId, evidence: one })))
        : view.evidence
      const answer = await api.decide(this.caseId, {
        token: held.token,
        evidence,
        ...(some ? { hitIds: some.map(({ hit }) => hit.hitId) } : {}),
        verdict,
        reason: this.draft.reason.peek().trim(),
        note: this.draft.note.peek().trim(),
      })
      if (answer instanceof Refusal) await this.#refused(answer)
      else {
        const text = `${VERDICT_WORDS[verdict].done}: ${counted(answer.decided, 'hit')}`
        const [reason, note] = [this.draft.reason.peek(), this.draft.note.peek()]
        const restore = (): void => {
          const { reason: reasonAgain, note: noteAgain } = draftOf(this.caseId)
          reasonAgain.value = reason
          noteAgain.value = note
        }
        offerUndo({
          undoId: answer.undoId,
          caseId: this.caseId,
          text,
          untilMs: Date.parse(answer.undoUntil),
          restore,
        })
        await this.#afterDecision(answer.caseState === 'leased')
      }
    } finally {
      this.isBusy.value = false
    }
  }

  async #afterDecision(isMoreHere: boolean): Promise<void> {
    batch(() => {
      this.draft.reason.value = ''
      this.draft.note.value = ''
      this.selected.value = new Set()
    })
    if (isMoreHere) {
      this.focusedId.value = undefined
      await this.load()
      return
    }
    this.lease.value = undefined
    drafts.delete(this.caseId)
    await takeNext()
  }

  async #refused(refusal: Refusal): Promise<void> {
    complain(
      refusal.code === 'evidence-changed'
        ? 'New evidence came while you looked. It is shown now: look again and decide. Your text is kept.'
        : refusal.text,
    )
    this.isBusy.value = false
    if (refusal.status === 409) await this.load()
  }
}
