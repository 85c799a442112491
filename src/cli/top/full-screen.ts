// A terminal's second screen: drawn over in place, and gone at the end, so that the first one is as it was before.
import { drawn, type Line } from './lines.ts'

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
/** A terminal that knows these shows all that is between them at once; others ignore them. */
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l']
const HOME = '\u001b[H'
const REST_OF_LINE = '\u001b[K'
const REST_OF_SCREEN = '\u001b[J'
const CTRL_C = '\u0003'

export interface FullScreenOptions {
  readonly out: NodeJS.WriteStream
  readonly keys: NodeJS.ReadStream
  /** The lines of now, at most `rows` of them. */
  readonly page: (size: { readonly columns: number; readonly rows: number }) => readonly Line[]
  /** q or Ctrl-C was pressed. */
  readonly onQuit: () => void
}

export class FullScreen {
  readonly #options: FullScreenOptions
  readonly #leave = (): void => {
    this.#options.out.write(LEAVE)
  }
  readonly #draw = (): void => this.draw()
  readonly #press = (key: Buffer): void => {
    const pressed = key.toString('latin1')
    if (pressed === 'q' || pressed === 'Q' || pressed.includes(CTRL_C)) this.#options.onQuit()
  }

  constructor(options: FullScreenOptions) {
    this.#options = options
    const { out, keys } = options
    out.write(ENTER)
    // Whatever ends the process: a terminal without a cursor is of no use.
    process.once('exit', this.#leave)
    out.on('resize', this.#draw)
    if (!keys.isTTY) return
    keys.setRawMode(true)
    keys.on('data', this.#press)
  }

  draw(): void {
    const { out, page } = this.#options
    const { columns, rows } = out
    const lines = page({ columns, rows }).map((line) => `${drawn(line, columns, out)}${REST_OF_LINE}`)
    out.write(`${BEGIN}${HOME}${lines.join('\r\n')}${REST_OF_SCREEN}${END}`)
  }

  end(): void {
    const { out, keys } = this.#options
    out.off('resize', this.#draw)
    if (keys.isTTY) {
      keys.off('data', this.#press)
      keys.setRawMode(false)
      keys.pause()
    }
    process.off('exit', this.#leave)
    this.#leave()
  }
}
