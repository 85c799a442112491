// The one sentence over all, and what needs an operator, the gravest first, each with its meaning and its runbook.
import { useEffect } from 'preact/hooks'
import { announce } from '../../parts/announce.tsx'
import { SEVERITY_WORDS } from '../../wording/problems.ts'
import { Runbook } from '../../charts/runbook.tsx'
import { newsOf, type Concern, type Headline } from './concerns.ts'

const SIGNS = { well: '✓', wrong: '▲', unknown: '?' } as const

interface VerdictProps {
  readonly headline: Headline
  readonly concerns: readonly Concern[]
}

export function Verdict({ headline, concerns }: VerdictProps) {
  const needed = concerns.filter(({ severity }) => severity !== 'note')
  const notes = concerns.filter(({ severity }) => severity === 'note')
  const isUrgent = needed.some(({ severity }) => severity === 'urgent')
  const news = newsOf(headline, concerns)
  useEffect(() => announce(news.text), [news.key])
  return (
    <section class={`verdict-card ${headline.state} ${isUrgent ? 'urgent' : ''}`} aria-label="What needs you">
      <p class="headline">
        <span class="verdict-sign" aria-hidden="true">
          {SIGNS[headline.state]}
        </span>
        {headline.text}
      </p>
      {needed.length > 0 && <Concerns concerns={needed} />}
      {notes.length > 0 && <Concerns concerns={notes} isNotes />}
    </section>
  )
}

const Concerns = ({ concerns, isNotes = false }: { concerns: readonly Concern[]; isNotes?: boolean }) => (
  <ul class={isNotes ? 'concerns notes' : 'concerns'}>
    {concerns.map((concern) => (
      <li key={`${concern.runbook} ${concern.text.replaceAll(/\d/g, '')}`} class={concern.severity}>
        <Severity severity={concern.severity} />
        <div>
          <p class="concern-text">{concern.text}</p>
          <p class="soft small">{concern.meaning}</p>
        </div>
        {concern.runbook !== undefined && <Runbook alert={concern.runbook} isLong />}
      </li>
    ))}
  </ul>
)

function Severity({ severity }: Pick<Concern, 'severity'>) {
  const { sign, word } = SEVERITY_WORDS[severity]
  return (
    <span class="severity">
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  )
}
