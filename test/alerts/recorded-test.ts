// Turns a recorded fault into a test of promtool: what all processes said, for as long as the rules need, and which alerts
// fire then.
import { readFileSync } from 'node:fs'
import { FAULTS, type FaultName } from './faults.ts'
import { faultAt, JOBS, seriesOf, stretched, type Play, type Recording, type Values } from './recording.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 }
/** How much of a recording's end shows how the fault goes on, in seconds, if the fault says nothing else. */
const STEADY_SECONDS = 30
const QUIET_HOURS = 1

// The file's shape is what record.ts writes; its test holds it against the metrics.
export const recordingOf = (name: FaultName): Recording =>
  JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), 'utf8')) as Recording

const secondsOf = (time: string): number => Number(time.slice(0, -1)) * (SECONDS[time.slice(-1)] ?? NaN)

/** How the recording of a fault is played. */
function playOf(name: FaultName, { everySeconds }: Recording): Play {
  const { scrape, quietHours = QUIET_HOURS, steadySeconds = STEADY_SECONDS, growing, firing } = FAULTS[name]
  return {
    everySeconds: secondsOf(scrape ?? '15s'),
    quietSeconds: quietHours * 3_600,
    faultSeconds: Math.max(...Object.keys(firing).map(secondsOf)),
    steadyLooks: steadySeconds / everySeconds,
    growing,
  }
}

const at = (seconds: number): string => `${Math.ceil(seconds / 60)}m`

/** A test as `promtool test rules` reads it. */
export function recordedTest(name: FaultName): object {
  const recording = recordingOf(name)
  const play = playOf(name, recording)
  const { firing, how, scrape = '15s' } = FAULTS[name]
  const struck = faultAt(recording, play)
  const expected = new Set(Object.values(firing).flat())
  const others = [...expected].map((alert) => `Hashwarden${alert}`).join('|')
  const minutes = Math.ceil((struck + play.faultSeconds) / 60)
  return {
    name: `${name}: ${how}`,
    interval: scrape,
    input_series: seriesOf(recording).map((series) => ({
      series: `${series.name}{${[series.labels, `job="${JOBS[series.instance]}"`, `instance="${series.instance}"`].filter(Boolean).join(',')}}`,
      values: promtoolValues(stretched(series, recording, play)),
    })),
    promql_expr_test: [
      {
        expr: 'ALERTS{alertstate="firing"}',
        eval_time: at(struck - 120),
        exp_samples: [],
      },
      ...Object.entries(firing).map(([time, alerts]) => ({
        expr: 'group by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: at(struck + secondsOf(time)),
        exp_samples: alerts.map((alert) => ({ labels: `{alertname="Hashwarden${alert}"}`, value: 1 })),
      })),
      {
        expr: `count by (alertname) (last_over_time(ALERTS{alertstate="firing", alertname!~"${others}"}[${minutes}m]))`,
        eval_time: `${minutes}m`,
        exp_samples: [],
      },
    ],
  }
}

/** Values in promtool's notation. A series that ends is stale from then on, as one of a process that can't be scraped. */
function promtoolValues(values: Values): string {
  const parts: string[] = []
  for (let n = 0; n < values.length;) {
    const value = values[n]
    let same = n
    while (same < values.length && values[same] === value) same++
    const ends = value === undefined && n > 0
    if (ends) parts.push('stale')
    const count = same - n - (ends ? 1 : 0)
    if (value === undefined && count > 0) parts.push(`_x${count}`)
    else if (value !== undefined) parts.push(count === 1 ? `${value}` : `${value}x${count - 1}`)
    n = same
  }
  return parts.join(' ')
}
