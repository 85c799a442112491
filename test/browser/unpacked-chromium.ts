// Unpacks Chromium before the browser tests: two files that started it at once would run what the other is still writing.
import chromiumPack from '@sparticuz/chromium'

export default async function unpackChromium(): Promise<void> {
  await chromiumPack.executablePath()
}
