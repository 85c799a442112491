// The platforms that report, those first that need eyes: when each last reported, what was refused, and whether its canary was
// found.
import type { FleetPicture } from '../../../contract/fleet.ts'
import { ScrollBox } from '../../parts/scroll-box.tsx'
import { UNKNOWN } from '../../wording/amounts.ts'
import { ago, count, counted, localTime } from '../../wording/times.ts'
import { platformRows, type PlatformRow } from './platform-rows.ts'

export function Platforms({ fleet }: { fleet: FleetPicture }) {
  const rows = platformRows(fleet)
  return (
    <section class="card flush" aria-label="Platforms">
      <div class="card-head">
        <h2>Platforms</h2>
        {rows.length > 0 && <p class="soft small">{summary(rows)}</p>}
      </div>
      {rows.length === 0 ? <HowToConnect /> : <Table rows={rows} at={fleet.at} />}
    </section>
  )
}

function summary(rows: readonly PlatformRow[]): string {
  const marked = rows.filter(({ mark }) => mark !== undefined).length
  const proved = rows.filter(({ lastCanaryAt }) => lastCanaryAt !== undefined).length
  const eyes = marked === 0 ? '' : `${count(marked)} need${marked === 1 ? 's' : ''} a look, `
  return `${counted(rows.length, 'platform')}: ${eyes}canary found of ${count(proved)}`
}

const HowToConnect = () => (
  <p class="foot soft">
    No platform has reported by a gateway yet. To connect one, start <code>hashwarden gateway</code> and make
    a key for it: <code>hashwarden gateway keys create PLATFORM</code>. A report of the canary file
    (src/sample/canary.png), by HTTPS or by Kafka, proves its way: the platform stands here once a matcher has
    found it.
  </p>
)

const Table = ({ rows, at }: { rows: readonly PlatformRow[]; at: string }) => (
  <ScrollBox label="Table of platforms">
    <table class="stacked platforms">
      <thead>
        <tr>
          <th scope="col">Platform</th>
          <th scope="col">By</th>
          <th scope="col" class="number">
            Last report
          </th>
          <th scope="col" class="number">
            Reports a minute
          </th>
          <th scope="col" class="number">
            Refused
          </th>
          <th scope="col" class="number">
            Canary found
          </th>
          <th scope="col" class="number">
            Gateways
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.platform} row={row} nowMs={Date.parse(at)} />
        ))}
      </tbody>
    </table>
  </ScrollBox>
)

function Row({ row, nowMs }: { row: PlatformRow; nowMs: number }) {
  const { platform, by, mark, lastReportAt, perMinute, refused, lastCanaryAt, gateways } = row
  const isByHttps = by === 'HTTPS'
  return (
    <tr class={mark === undefined ? '' : 'bad'}>
      <td class="of-platform">
        <strong>{platform}</strong> {mark !== undefined && <span class="mark">▲ {mark}</span>}
      </td>
      <td>{by}</td>
      <td class="number">{isByHttps && <Time name="last report" iso={lastReportAt} nowMs={nowMs} />}</td>
      <td class="number">
        {isByHttps && (
          <>
            {perMinute === undefined ? UNKNOWN : count(Math.round(perMinute))}
            <span class="narrow-only"> a minute</span>
          </>
        )}
      </td>
      <td class="number">
        {isByHttps && (
          <>
            <span class="narrow-only">refused </span>
            {refused ?? UNKNOWN}
          </>
        )}
      </td>
      <td class="number">
        <Canary iso={lastCanaryAt} nowMs={nowMs} />
      </td>
      <td class="number">
        {isByHttps && (
          <>
            {count(gateways)}
            <span class="narrow-only"> {gateways === 1 ? 'gateway' : 'gateways'}</span>
          </>
        )}
      </td>
    </tr>
  )
}

const Time = ({ name, iso, nowMs }: { name: string; iso: string | undefined; nowMs: number }) => (
  <>
    <span class="narrow-only">{name} </span>
    {iso === undefined ? (
      UNKNOWN
    ) : (
      <time dateTime={iso} title={localTime(iso)}>
        {ago(Date.parse(iso), nowMs)}
      </time>
    )}
  </>
)

const Canary = ({ iso, nowMs }: { iso: string | undefined; nowMs: number }) => (
  <>
    {iso === undefined ? (
      <span class="soft">
        <span class="narrow-only">canary: </span>none
      </span>
    ) : (
      <>
        <Time name="canary found" iso={iso} nowMs={nowMs} /> <span class="state-ready">✓</span>
      </>
    )}
  </>
)
