// Amounts by name, each with a bar as long as it is large beside the others.
import { count } from '../wording/times.ts'

export function Bars({ rows }: { rows: readonly (readonly [string, number])[] }) {
  const most = Math.max(1, ...rows.map(([, amount]) => amount))
  if (rows.length === 0) return <p class="soft">None yet.</p>
  return (
    <dl class="bars">
      {rows.map(([name, amount]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <meter class="bar" min={0} max={most} value={amount} aria-label={`${name}: ${amount}`} />
            <span>{count(amount)}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
