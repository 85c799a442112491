// npm run review-kills -- --kills 100 [--seed N] [--record]
// Two review processes under hits and reviewers, and PostgreSQL below them, killed in turn by SIGKILL; then every hit, every
// decision and the audit are held against what was published and acknowledged. --record writes
// bench/results/review-kills.json.
import { killProgram } from './kill-program.ts'
import { runReview } from './review/review-run.ts'

await killProgram({
  name: 'review-kills',
  what: 'Two review processes and their PostgreSQL, killed in turn by SIGKILL under hits and reviewers; then hits, cases, decisions, topics and the audit held against what was published and acknowledged',
  run: runReview,
})
