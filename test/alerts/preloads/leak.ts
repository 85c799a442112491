// Loaded into a matcher before anything else (node --import): once a file is there, its main thread keeps four megabytes
// more every second. All else is the real thing.
import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const EVERY_MS = 1_000
const BYTES = 4 * 1024 * 1024

const file = process.env['LEAK_FILE'] ?? ''
const kept: Buffer[] = []
if (isMainThread)
  setInterval(() => {
    if (existsSync(file)) kept.push(Buffer.alloc(BYTES, kept.length + 1))
  }, EVERY_MS).unref()
