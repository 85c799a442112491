// A real Chromium: one for each test file.
import chromiumPack from '@sparticuz/chromium'
import { chromium, type Browser } from 'playwright-core'

/**
 * Only what a process without a sandbox and a screen needs. The package's own list of switches turns off web security, so a
 * test of cookies and origins would prove nothing with it.
 */
const SWITCHES = ['--no-sandbox', '--headless=shell', '--disable-gpu', '--hide-scrollbars']

/** The first call on a machine unpacks it, which takes about 20 s: unpacked-chromium.ts does that before the tests. */
export const launchChromium = async (): Promise<Browser> =>
  await chromium.launch({ executablePath: await chromiumPack.executablePath(), args: SWITCHES })
