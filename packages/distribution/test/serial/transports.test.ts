/** The transports of the system, by the same tests as those that need none. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, createCertificate, tcp, tls, unix } from '../../src/index.ts'
import { describeTransport, real, type World } from '../transports.ts'

const world = (more: Pick<World, 'near' | 'far' | 'host'> & Partial<World>): World => ({ ...real, ...more })

describeTransport('TCP', () => Promise.resolve(world({ near: tcp, far: tcp, host: '127.0.0.1' })))

describeTransport('Unix sockets', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agner-'))
  const network = unix({ folder })
  const stop = (): Promise<void> => rm(folder, { recursive: true })
  return world({ near: network, far: network, host: '127.0.0.1', stop })
})

const authority = createAuthority()

describeTransport('TLS', () => {
  const network = (name: string) => tls({ ...createCertificate(authority, `${name}@127.0.0.1`), ca: authority.cert })
  return Promise.resolve(world({ near: network('near'), far: network('far'), host: '127.0.0.1' }))
})
