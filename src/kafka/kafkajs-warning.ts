/**
 * kafkajs asks Node 24 for negative timeouts, which prints a warning that no user can act on. Node offers no way
 * to silence one warning at run time but to take over its printing.
 */
export function hideTimeoutWarning(): void {
  const printers = process.listeners('warning')
  if (printers.some((printer) => printer.name === 'printOtherWarnings')) return
  process.removeAllListeners('warning')
  process.on('warning', function printOtherWarnings(warning) {
    if (warning.name !== 'TimeoutNegativeWarning') for (const print of printers) print.call(process, warning)
  })
}
