import { library } from '../../tooling/build/tsup.ts'

export default library({ workers: { 'liveness-worker': 'src/liveness/worker.ts' } })
