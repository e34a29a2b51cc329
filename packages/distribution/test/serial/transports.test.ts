/** The transports of the system, by the same tests as those that need none. */
import { tcp } from '../../src/index.ts'
import { describeTransport, real, type World } from '../transports.ts'

const world = (more: Pick<World, 'near' | 'far' | 'host'> & Partial<World>): World => ({ ...real, ...more })

describeTransport('TCP', () => Promise.resolve(world({ near: tcp, far: tcp, host: '127.0.0.1' })))
