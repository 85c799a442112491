// A process that starts a broker and then has nothing else to do: a test ends it the hard way.
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'

const broker = await startJavaBroker({ dataDir: process.argv[2] })
process.send?.({ brokers: broker.brokers, pid: broker.pid })
