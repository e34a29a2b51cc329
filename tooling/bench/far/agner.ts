/** `agner.ts NAME COOKIE`: a node that runs the remote jobs' server for another. Prints its port. */
import { createNode } from '@agner/core'
import { startDistribution } from '@agner/distribution'
import { Taker } from '../agner/taker.ts'
import { serve } from './start.ts'

const [name = '', cookie = ''] = process.argv.slice(2)
const node = createNode({ name, modules: [Taker] })
const { listenAddress } = await startDistribution(node, { cookie, portMapper: false })
serve(String(listenAddress?.port))
