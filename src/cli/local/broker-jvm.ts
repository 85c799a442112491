// How a local broker’s Java is run: flags for a quick start.
import { randomUUID } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { javaCommand } from './broker-choice.ts'

const LOG4J = fileURLToPath(new URL('../../../deploy/local/log4j2.properties', import.meta.url))

/**
 * One run of Java with Kafka's classes.
 *
 * Processor time until the broker answered, measured on 2 busy cores with Java 17: 8 to 10 s with Java's default flags
 * (3.6 s on an idle machine); 7.9 s with the serial collector; 4.6 s if also the first-tier compiler alone compiles; 2.6 s
 * (2.2 to 2.9 s) if also the loaded classes come from an archive. The first-tier compiler serves 300-byte records as fast
 * as the optimising one and takes half of its processor time: a demonstration or a test lasts minutes, and the optimising
 * compiler would use them for compiling.
 */
export class Jvm {
  readonly command: string
  /**
   * With this locale Java accepts every path (in the locale C, Java 17 can't start in a folder with an umlaut), and the
   * system's part of its errors is English, as our patterns expect. Where the locale is missing, nothing changes.
   */
  readonly environment: NodeJS.ProcessEnv
  readonly #flags: readonly string[]
  readonly #archive: string
  readonly #newArchive: string | undefined

  /** `java` names the version of Java: an archive of classes fits only the version that made it. */
  constructor(environment: NodeJS.ProcessEnv, jars: string, java: string, heapMb: number) {
    this.command = javaCommand(environment)
    this.environment = { ...environment, LC_ALL: 'C.UTF-8' }
    this.#archive = join(jars, `${java.replaceAll(/[^A-Za-z0-9.]+/g, '-')}.jsa`)
    this.#newArchive = existsSync(this.#archive) ? undefined : `${this.#archive}.partial-${randomUUID()}`
    this.#flags = [
      // Another Java ignores the flags that it doesn't know: all of them are for speed only.
      '-XX:+IgnoreUnrecognizedVMOptions',
      `-Xmx${heapMb}m`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      // Without these two, each class that can't be archived is a warning in the broker's log.
      '-Xlog:disable',
      '-Xlog:all=error:stderr',
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${pathToFileURL(LOG4J).href}`,
      '-cp',
      join(jars, '*'),
    ]
  }

  /** Whether the broker writes the archive when it is stopped, which takes some seconds. */
  get makesArchive(): boolean {
    return this.#newArchive !== undefined
  }

  broker(...args: string[]): readonly string[] {
    const archive = this.#newArchive
      ? `-XX:ArchiveClassesAtExit=${this.#newArchive}`
      : `-XX:SharedArchiveFile=${this.#archive}`
    return [archive, ...this.#flags, 'kafka.Kafka', ...args]
  }

  /** For the formatting tool. It shares the broker's classes and uses the archive, but loads too few to write it. */
  storageTool(...args: string[]): readonly string[] {
    const archive = this.#newArchive ? [] : [`-XX:SharedArchiveFile=${this.#archive}`]
    return [...archive, ...this.#flags, 'kafka.tools.StorageTool', ...args]
  }

  /** After the broker's end: gives a complete archive its name, and deletes an incomplete one. */
  keepArchive(endedInOrder: boolean): void {
    if (this.#newArchive === undefined || !existsSync(this.#newArchive)) return
    if (endedInOrder) renameSync(this.#newArchive, this.#archive)
    else rmSync(this.#newArchive)
  }
}
