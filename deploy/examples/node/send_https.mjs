// Sends reports of files to a gateway over HTTPS. Needs Node 20.15 and the package hashwarden/client, which your operator has.
//
//   HASHWARDEN_URL=https://gateway.example.org HASHWARDEN_KEY=hw_… HASHWARDEN_SPOOL=/var/lib/me/spool node send_https.mjs FILE…
import { ReportClient } from 'hashwarden/client'

const client = new ReportClient({
  url: process.env.HASHWARDEN_URL,
  key: process.env.HASHWARDEN_KEY,
  // Reports wait in this folder until the gateway has them, also when this process is killed.
  spool: process.env.HASHWARDEN_SPOOL,
})
client.on('accepted', (counts) => console.log(counts))
client.on('retry', ({ reason, inMs }) => console.error(`reports wait: ${reason}; next attempt in ${inMs} ms`))
client.on('rejected', ({ reportId, detail }) => console.error(`${reportId} can't be taken: ${detail}`))

// In earnest: your own reportId and contentRef, and when the file was uploaded.
for (const file of process.argv.slice(2)) await client.report(file)
process.exitCode = (await client.close()) ? 0 : 1
