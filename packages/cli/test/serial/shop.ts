/**
 * A node with something to see on it, in an OS process of its own: `node shop.ts PORT-OF-THE-MAPPER [closed]`. By TLS, if
 * SHOP_CERTIFICATES is a folder.
 */
import { readFileSync } from 'node:fs'
import {
  defineApplication,
  defineServer,
  defineSupervisor,
  Inspector,
  protocol,
  startApplication,
} from '@agner/behaviours'
import { createNode } from '@agner/core'
import { startDistribution, tcp, tls } from '@agner/distribution'

const [, , port = '0', closed] = process.argv
const node = createNode({ name: 'shop@127.0.0.1', modules: closed === undefined ? [Inspector] : [] })
const { SHOP_CERTIFICATES: folder, AGNER_COOKIE: cookie = '' } = process.env
const read = (file: string): string => readFileSync(`${folder}/${file}`, 'utf8')
const network =
  folder === undefined
    ? tcp
    : tls({ cert: read('shop@127.0.0.1.crt'), key: read('shop@127.0.0.1.key'), ca: read('ca.crt') })
await startDistribution(node, { cookie, network, portMapper: { port: Number(port) } })
const Till = defineServer(protocol('@acme/till'), { init: (): { tea: number } => ({ tea: 3 }) })
const Shop = defineApplication({
  name: 'shop',
  version: '1.0.0',
  start: () => defineSupervisor({ children: [Till.child({ id: 'till', name: 'till' })] }),
})
await startApplication(node, Shop)
process.stdout.write('ready\n')
