#!/usr/bin/env -S node --max-semi-space-size=16
// The command's entry: plain JavaScript, so that a Node that can't run TypeScript says what to do. Its first line bounds
// memory: see node-memory.ts.
if (process.features.typescript) await import('./main.ts')
else {
  console.error(
    `hashwarden runs on Node 24, which its set-up installs; this is ${process.version}.\n` +
      'Run `npm run setup` in its folder once, then `npx hashwarden` there.',
  )
  process.exitCode = 1
}
