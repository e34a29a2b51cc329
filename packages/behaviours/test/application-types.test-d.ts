/**
 * The types of applications, right and wrong. It is checked by the compiler and never run.
 */
import type { Node } from '@agner/core'
import {
  configure,
  defineApplication,
  getAllEnv,
  getEnv,
  getKey,
  setEnv,
  startApplication,
  unsetEnv,
  type Application,
} from '../src/index.ts'

declare const node: Node

interface WebEnv {
  readonly port: number
  readonly host?: string
}

// — the right use, with no annotation in a callback —

const Web = defineApplication({
  name: 'web',
  version: '1.0.0',
  env: { port: 80 } as WebEnv,
  startPhases: { open: ({ env }) => void env.port.toFixed() },
  start: async ({ env }) => ({ children: [], state: { listening: env.port } }),
  prepareStop: ({ env }, state) => ({ listening: env.port + state.listening }),
  stop: (_, { listening }) => void listening.toFixed(),
  configChange: (_, { changed, removed }) => void [changed.port?.toFixed(), removed.join()],
})
const Stateless = defineApplication({
  name: 'stateless',
  version: '1',
  start: () => ({ children: [] }),
  stop: (_, state) => {
    const nothing: undefined = state
    return nothing
  },
})
const Library = defineApplication({ name: 'library', version: '1', dependencies: [Web, 'other', Stateless] })
export const typed: Application<WebEnv> = Web

const port: number = getEnv(node, Web, 'port')
const host: string | undefined = getEnv(node, Web, 'host')
const surely: string = getEnv(node, Web, 'host', 'localhost')
const all: WebEnv = getAllEnv(node, Web)
const unknown: unknown = getEnv(node, 'web', 'anything')
const version: string | undefined = getKey(node, Library, 'version')
setEnv(node, Web, 'port', 81, { persistent: true })
setEnv(node, 'web', 'anything', 'goes')
unsetEnv(node, Web, 'host')
void startApplication(node, Web, { env: { port: 1 }, type: 'permanent' })
void startApplication(node, 'web')
void configure(node, { ...Web.config({ host: 'here' }), other: { key: 1 } })
export const seen: unknown[] = [port, host, surely, all, unknown, version]

// — the wrong use —

// @ts-expect-error the settings have no such key
getEnv(node, Web, 'prot')
// @ts-expect-error a number is no string
const wrong: string = getEnv(node, Web, 'port')
// @ts-expect-error the fallback is of another type
getEnv(node, Web, 'host', 1)
// @ts-expect-error the value is of another type
setEnv(node, Web, 'port', '81')
// @ts-expect-error the settings have no such key
setEnv(node, Web, 'prot', 81)
// @ts-expect-error the settings have no such key
unsetEnv(node, Web, 'prot')
// @ts-expect-error the application has no such key
getKey(node, Web, 'vsn')
// @ts-expect-error the settings have no such key
void startApplication(node, Web, { env: { prot: 1 } })
// @ts-expect-error there is no such type
void startApplication(node, Web, { type: 'eternal' })
// @ts-expect-error the value is of another type
Web.config({ port: '1' })
// @ts-expect-error the settings have no such key
Web.config({ prot: 1 })

defineApplication({
  name: 'x',
  version: '1',
  env: { port: 1 },
  // @ts-expect-error the settings have no such key
  start: ({ env }) => ({ children: [], state: env.prot }),
})
defineApplication({
  name: 'x',
  version: '1',
  // @ts-expect-error a tree has children
  start: () => ({ strategy: 'oneForAll' }),
})
defineApplication({
  name: 'x',
  version: '1',
  start: () => ({ children: [], state: 1 }),
  // @ts-expect-error the state is a number
  stop: (_, state) => void state.toUpperCase(),
})
defineApplication({
  name: 'x',
  version: '1',
  start: () => ({ children: [], state: 1 }),
  // @ts-expect-error the state is a number
  prepareStop: () => 'one',
})
// @ts-expect-error what it depends on is an application, or its name
defineApplication({ name: 'x', version: '1', dependencies: [1] })
// @ts-expect-error only a value can be included
defineApplication({ name: 'x', version: '1', includedApplications: ['web'] })
export { wrong }
