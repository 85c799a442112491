// npm run sync-kills -- --kills 100 [--seed N] [--record]
// The daemon that keeps lists up to date, killed by SIGKILL at random points against servers whose lists move and fail; then
// the known set is held against what the servers say, withdrawals included. --record writes bench/results/sync-kills.json.
import { killProgram } from './kill-program.ts'
import { runSync } from './sync/sync-run.ts'

await killProgram({
  name: 'sync-kills',
  what: 'The daemon that keeps lists up to date, killed by SIGKILL at random points against servers of six kinds whose lists move and fail; then the known set held against the lists, withdrawals included',
  run: runSync,
})
