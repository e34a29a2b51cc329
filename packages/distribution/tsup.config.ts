import { library } from '../../tooling/build/tsup.ts'

export default library({
  entry: { index: 'src/index.ts', values: 'src/values.ts' },
  workers: { 'liveness-worker': 'src/liveness/worker.ts' },
})
