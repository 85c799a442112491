// The way to a runbook, which the server of this page has. It opens beside the page, so that the figures stay in sight.

interface RunbookProps {
  /** The alert that the runbook is named after. */
  readonly alert: string
  /** With its word, or its sign alone. */
  readonly isLong?: boolean
}

export const Runbook = ({ alert, isLong = false }: RunbookProps) => (
  <a
    class={isLong ? 'runbook long' : 'runbook'}
    href={`/runbooks/${alert}`}
    target="_blank"
    rel="noopener"
    aria-label={`Runbook: ${alert}`}
    title={`Runbook: ${alert}`}
  >
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      <path d="M2.5 2.5h3a1.5 1.5 0 0 1 1.5 1.5v7.5a1.2 1.2 0 0 0-1.2-1.2h-3.3zM11.5 2.5h-3a1.5 1.5 0 0 0-1.5 1.5v7.5a1.2 1.2 0 0 1 1.2-1.2h3.3z" />
    </svg>
    {isLong && <span>Runbook</span>}
  </a>
)
