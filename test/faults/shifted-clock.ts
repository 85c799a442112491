// Loaded into a matcher and its threads before anything else (node --import): their wall clock is shifted by as many
// milliseconds as a file says, as if somebody had set the machine's. Monotonic clocks go on, as they do then. What time it
// is by the new clock is written beside that file.
import { readFileSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const LOOK_MS = 50

const file = process.env['SHIFTED_CLOCK_FILE'] ?? ''
const RealDate = Date
let shiftMs = 0
setInterval(() => {
  const before = shiftMs
  shiftMs = Number(readFileSync(file, 'utf8'))
  if (isMainThread && shiftMs !== before) writeFileSync(`${file}-${process.pid}`, String(Date.now()))
}, LOOK_MS).unref()

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: readonly unknown[], newTarget: new (...args: readonly unknown[]) => object) =>
    Reflect.construct(target, given.length === 0 ? [shiftedNow()] : given, newTarget),
  apply: () => new RealDate(shiftedNow()).toString(),
  get: (target, name, receiver) => (name === 'now' ? shiftedNow : Reflect.get(target, name, receiver)),
})

function shiftedNow(): number {
  return RealDate.now() + shiftMs
}
