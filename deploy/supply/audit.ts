// `npm run audit`: known vulnerabilities of the locked packages, and the registry's signatures of those that are installed.
// Exit code 0: checked, nothing found; 1: found; 2: nothing found, but not everything was checked. A gate that takes 2 for
// 0 is blind, and one that takes it for 1 cries wolf.
import { npm } from './npm.ts'
import { exitCodeOf, judgeAdvisories, judgeSignatures, type Verdict } from './verdict.ts'

const said = (verdict: Verdict): string => {
  if (verdict.kind === 'clean') return 'checked, nothing found'
  return verdict.kind === 'found' ? `FOUND: ${verdict.findings.join(', ')}` : `NOT CHECKED: ${verdict.why}`
}

const checks: Readonly<Record<string, () => Verdict>> = {
  'packages of production': () => judgeAdvisories(npm(['audit', '--omit=dev', '--json'])),
  // They meet no traffic: what is less than high can wait for an update.
  'packages of development': () => judgeAdvisories(npm(['audit', '--json']), 'high'),
  'signatures of packages': () => judgeSignatures(npm(['audit', 'signatures', '--json'])),
}

const verdicts = Object.entries(checks).map(([name, check]) => {
  const verdict = check()
  process.stdout.write(`${name.padEnd(24)} ${said(verdict)}\n`)
  return verdict
})
process.exitCode = exitCodeOf(verdicts)
if (process.exitCode === 2)
  process.stdout.write(
    'Nothing was found, but not everything was checked: run it where the registry answers.\n',
  )
