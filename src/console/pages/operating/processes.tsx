// Who is there: every process, the worst first, and what of it is not as with the others.
import type { FleetPicture } from '../../../contract/fleet.ts'
import { amount, duration, UNKNOWN } from '../../wording/amounts.ts'
import { bytes, count, counted, localTime } from '../../wording/times.ts'
import { processRows, type ProcessRow } from './rows.ts'
import { ScrollBox } from '../../parts/scroll-box.tsx'

export function Processes({ fleet }: { fleet: FleetPicture }) {
  const rows = processRows(fleet)
  const ready = rows.filter(({ state }) => state === 'ready').length
  return (
    <section class="card flush" aria-label="Processes">
      <div class="card-head">
        <h2>Processes</h2>
        <p class="soft small">
          {counted(rows.length, 'process', 'processes')}, {count(ready)} ready
        </p>
      </div>
      {rows.length === 0 ? (
        <p class="foot soft">No process has been heard of.</p>
      ) : (
        <ScrollBox label="Table of processes">
          <table class="stacked processes">
            <thead>
              <tr>
                <th scope="col">Process</th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Partitions
                </th>
                <th scope="col" class="number">
                  Matched
                </th>
                <th scope="col" class="number">
                  Last canary
                </th>
                <th scope="col">Known set</th>
                <th scope="col">Policy</th>
                <th scope="col" class="number">
                  Memory
                </th>
                <th scope="col">Version</th>
                <th scope="col" class="number">
                  Up
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.status.process} row={row} at={fleet.at} />
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  )
}

function Row({ row, at }: { row: ProcessRow; at: string }) {
  const { status, state, partitions, perSecond, canarySeconds, set, differs } = row
  const { role, host, pid, version, startedAt, memory, match, lastError } = status
  return (
    <tr class={state}>
      <td class="of-process">
        <strong>{role}</strong> {host} <span class="soft">({pid})</span>
        {lastError && (
          <p class="soft small" title={localTime(lastError.at)}>
            last error {duration((Date.parse(at) - Date.parse(lastError.at)) / 1_000)} ago: {lastError.error}
          </p>
        )}
      </td>
      <td class="of-state">
        <State row={row} />
      </td>
      <Cell name="partitions">{partitions === undefined ? UNKNOWN : count(partitions)}</Cell>
      <Cell name="matched">{match ? amount(perSecond, 'records a second') : ''}</Cell>
      <Cell name="last canary">{match ? duration(canarySeconds) : ''}</Cell>
      <td>
        {set ? (
          <>
            <span class="narrow-only">set </span>
            {count(set.offset)} <code title={`Digest ${set.digest}`}>{set.digest.slice(0, 8)}</code>
            {differs.set && <Mark text="differs" />}
            {row.isBehind && <Mark text={`${count(set.behind)} behind`} />}
          </>
        ) : (
          match && UNKNOWN
        )}
      </td>
      <td>
        {match && (
          <>
            <span class="narrow-only">policy </span>
            <code title={`Digest ${match.policy}`}>{match.policy.slice(0, 8)}</code>
            {differs.policy && <Mark text="differs" />}
          </>
        )}
      </td>
      <Cell name="memory">{bytes(memory.rssBytes)}</Cell>
      <td>
        {version}
        {differs.version && <Mark text="differs" />}
      </td>
      <td class="number">
        <span class="narrow-only">up </span>
        <time dateTime={startedAt} title={`since ${localTime(startedAt)}`}>
          {duration((Date.parse(at) - Date.parse(startedAt)) / 1_000)}
        </time>
      </td>
    </tr>
  )
}

/** On a narrow page the name stands with the value, because there is no head. */
const Cell = ({ name, children }: { name: string; children: string }) => (
  <td class="number">
    {children !== '' && <span class="narrow-only">{name} </span>}
    {children}
  </td>
)

const Mark = ({ text }: { text: string }) => <span class="mark">▲ {text}</span>

function State({ row: { state, status, heardSeconds } }: { row: ProcessRow }) {
  if (state === 'ready') return <span class="state-ready">● ready</span>
  if (state === 'silent') return <span class="state-bad">✕ silent for {duration(heardSeconds)}</span>
  if (state === 'stopping') return <span class="soft">■ stopping</span>
  return (
    <>
      <span class="state-waiting">▲ not ready</span>
      {status.waitingFor.map(({ code, thread, why }) => (
        <p key={`${thread} ${code}`} class="soft small clamped" title={why}>
          {thread !== undefined && `thread ${thread}: `}
          <b>{code}</b>: {why}
        </p>
      ))}
    </>
  )
}
