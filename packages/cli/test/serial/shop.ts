/**
 * A node with something to see on it, in an OS process of its own: `node shop.ts PORT-OF-THE-MAPPER [MODE…]`. By TLS, if
 * SHOP_CERTIFICATES is a folder; by another name, if SHOP_NAME is one.
 *
 *     closed      without an inspector           standing    with one in its tree, and none to start
 *     old         with one of another version    forgetful   SIGUSR2 ends its inspectors
 */
import { readFileSync } from 'node:fs'
import {
  defineApplication,
  defineServer,
  defineSupervisor,
  Inspector,
  inspector,
  protocol,
  reply,
  startApplication,
  startServer,
} from '@agner/behaviours'
import { createNode, type Module } from '@agner/core'
import { startDistribution, tcp, tls } from '@agner/distribution'

const [, , port = '0', ...modes] = process.argv
const is = (mode: string): boolean => modes.includes(mode)

interface OldApi {
  calls: { overview(): { name: string } }
}
/** Of before the overview told what it tells now. */
const Old = defineServer(protocol<OldApi>('@agner/inspector'), {
  init: (): number => 0,
  calls: { overview: (state) => reply({ name: 'shop@127.0.0.1' }, state) },
})

const own: Module[] = is('old') ? [Old] : is('closed') || is('standing') ? [] : [Inspector]
const { SHOP_NAME: name = 'shop', SHOP_CERTIFICATES: folder, AGNER_COOKIE: cookie = '' } = process.env
const node = createNode({ name: `${name}@127.0.0.1`, modules: own, blockedWarningMs: Infinity, report: () => {} })
const read = (file: string): string => readFileSync(`${folder}/${file}`, 'utf8')
const network =
  folder === undefined
    ? tcp
    : tls({ cert: read('shop@127.0.0.1.crt'), key: read('shop@127.0.0.1.key'), ca: read('ca.crt') })
await startDistribution(node, { cookie, network, portMapper: { port: Number(port) } })
if (is('standing')) await startServer(node, Inspector, undefined, { name: inspector.module })
const Till = defineServer(protocol('@acme/till'), { init: (): { tea: number } => ({ tea: 3 }) })
const Shop = defineApplication({
  name: 'shop',
  version: '1.0.0',
  start: () => defineSupervisor({ children: [Till.child({ id: 'till', name: 'till' })] }),
})
await startApplication(node, Shop)
if (is('forgetful'))
  process.on('SIGUSR2', () => {
    for (const pid of node.processes())
      if (node.processInfo(pid)?.initialCall?.startsWith(inspector.module) === true) node.sendExit(pid, 'kill')
  })
process.stdout.write('ready\n')
