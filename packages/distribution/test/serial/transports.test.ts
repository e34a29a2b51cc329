/** The transports of the system, by the same tests as those that need none. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tcp, unix } from '../../src/index.ts'
import { describeTransport, real, type World } from '../transports.ts'

const world = (more: Pick<World, 'near' | 'far' | 'host'> & Partial<World>): World => ({ ...real, ...more })

describeTransport('TCP', () => Promise.resolve(world({ near: tcp, far: tcp, host: '127.0.0.1' })))

describeTransport('Unix sockets', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agner-'))
  const network = unix({ folder })
  const stop = (): Promise<void> => rm(folder, { recursive: true })
  return world({ near: network, far: network, host: '127.0.0.1', stop })
})
