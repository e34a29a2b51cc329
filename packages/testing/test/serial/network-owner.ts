/** Makes a network, says its name and stays: `network-owner.ts [SIGNAL]`. If it is to listen to a signal, it says so when it comes, and then ends with 7. */
import { createNetworkNamespaces } from '../../src/index.ts'

const [signal] = process.argv.slice(2)
const network = createNetworkNamespaces(['x'])
if (signal !== undefined)
  process.on(signal, () => {
    process.stdout.write('heard\n')
    setTimeout(() => process.exit(7), 100)
  })
process.stdout.write(`${network.prefixOf('x').at(-1)!}\n`)
setInterval(() => {}, 1000)
