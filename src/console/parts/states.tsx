// The states that every page has besides its content: loading, empty, failed.
import type { ComponentChildren } from 'preact'
import type { Refusal } from '../client/refusal.ts'

/** Where lines of text will be. */
export const Skeleton = ({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) => (
  <div class="skeleton" role="status" aria-label={label}>
    {Array.from({ length: lines }, (_, line) => (
      <span key={line} />
    ))}
  </div>
)

interface EmptyProps {
  readonly title: string
  readonly children?: ComponentChildren
}

export const Empty = ({ title, children }: EmptyProps) => (
  <div class="empty">
    <svg width="40" height="40" viewBox="0 0 40 40" aria-hidden="true">
      <rect x="5" y="9" width="30" height="22" rx="4" />
      <path d="M5 23h9l2 3h8l2-3h9" />
    </svg>
    <p class="empty-title">{title}</p>
    {children}
  </div>
)

interface FailedProps {
  readonly refusal: Refusal
  readonly retry: () => void
}

export const Failed = ({ refusal, retry }: FailedProps) => (
  <div class="failed" role="alert">
    <p>
      <strong>{refusal.title}.</strong> {refusal.detail}
    </p>
    {refusal.code === 'not-found' ? (
      <a class="button" href="/">
        To the queue
      </a>
    ) : (
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    )}
  </div>
)
