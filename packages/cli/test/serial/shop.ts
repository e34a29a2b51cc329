/** A node with something to see on it, in an OS process of its own: `node shop.ts PORT-OF-THE-MAPPER [closed]`. */
import {
  defineApplication,
  defineServer,
  defineSupervisor,
  Inspector,
  protocol,
  startApplication,
} from '@agner/behaviours'
import { createNode } from '@agner/core'
import { startDistribution } from '@agner/distribution'

const [, , port = '0', closed] = process.argv
const node = createNode({ name: 'shop@127.0.0.1', modules: closed === undefined ? [Inspector] : [] })
await startDistribution(node, { cookie: process.env['AGNER_COOKIE'] ?? '', portMapper: { port: Number(port) } })
const Till = defineServer(protocol('@acme/till'), { init: (): { tea: number } => ({ tea: 3 }) })
const Shop = defineApplication({
  name: 'shop',
  version: '1.0.0',
  start: () => defineSupervisor({ children: [Till.child({ id: 'till', name: 'till' })] }),
})
await startApplication(node, Shop)
process.stdout.write('ready\n')
