// Why a record became a dead letter, and what became of its replay.
import type { CodeCount, ReplayResult } from '../../contract/review.ts'

export const DEAD_LETTER_WORDS: Readonly<Record<CodeCount['code'], string>> = {
  empty: 'Empty',
  oversized: 'Too large',
  'not-utf8': 'Not UTF-8',
  'not-json': 'Not JSON',
  'unknown-schema': 'Unknown schema',
  'unknown-field': 'Unknown field',
  'missing-field': 'Missing field',
  'malformed-value': 'Malformed value',
  'out-of-range': 'Out of range',
  'unknown-hash-type': 'Unknown hash type',
  'wrong-hash-length': 'Wrong hash length',
  'repeated-hash-type': 'Repeated hash type',
  'degenerate-hash': 'Degenerate hash',
  'key-mismatch': 'Key does not match',
  'wrong-platform': 'Wrong platform',
  'kills-matcher': 'Kills a matcher',
  'batch-too-large': 'Batch too large',
  'batch-unreadable': 'Batch unreadable',
}

interface ResultWords {
  readonly sign: string
  readonly text: string
  readonly isDone: boolean
}

export const REPLAY_WORDS: Readonly<Record<ReplayResult, ResultWords>> = {
  replayed: { sign: '✓', text: 'Submitted again', isDone: true },
  expired: { sign: '–', text: 'Its record has expired', isDone: false },
  'topic-gone': { sign: '–', text: 'Its topic does not exist any more', isDone: false },
  replaced: { sign: '▲', text: 'Another record stands in its place', isDone: false },
  batch: { sign: '–', text: 'A whole batch: it would be refused again', isDone: false },
  elsewhere: { sign: '–', text: 'Its topic holds no reports: left alone', isDone: false },
  'letter-gone': { sign: '–', text: 'The dead letter has expired', isDone: false },
  'not-reached': { sign: '▲', text: 'Not confirmed in time: replay it again', isDone: false },
}
