#!/usr/bin/env -S node --max-semi-space-size=16
// The command's entry: plain JavaScript, so that an older Node says what to do. Its first line bounds memory: see
// node-memory.ts.
if (Number.parseInt(process.versions.node) >= 24) await import('./main.ts')
else {
  console.error(
    `hashwarden runs on Node 24 or newer; this is ${process.version}.\n` +
      'On a server, install Node 24. In a checkout run `npm run setup` once, which brings it, then `npx hashwarden` there.',
  )
  process.exitCode = 1
}
