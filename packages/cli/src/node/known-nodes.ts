/** Who is there, as the port mapper says; or what is the matter with the port mapper. */
import { AgnerError } from '@agner/core'
import { listNodes, type ListedNode, type Network } from '@agner/distribution'
import type { MapperAddress } from '../settings/cluster.ts'
import { cliError, type CliErrorCode } from '../settings/errors.ts'

/** The nodes that the port mapper knows. @throws `cli.no_mapper`, `cli.mapper_hangs`, `cli.bad_mapper` */
export async function knownNodes(portMapper: MapperAddress, network: Network): Promise<ListedNode[]> {
  try {
    return await listNodes({ ...portMapper, network })
  } catch (error) {
    const reason = error instanceof AgnerError ? String(error.details['reason']) : String(error)
    throw cliError(problemOf(reason), { at: `${portMapper.host}:${portMapper.port}`, reason })
  }
}

/** Nobody listens; somebody does, and says nothing; or somebody else does. */
function problemOf(reason: string): CliErrorCode {
  if (/ECONNREFUSED|ENOENT/.test(reason)) return 'cli.no_mapper'
  return reason === 'it does not answer' ? 'cli.mapper_hangs' : 'cli.bad_mapper'
}
