import { library } from '../../tooling/build/tsup.ts'

export default library({ entry: { index: 'src/index.ts', kernel: 'src/kernel.ts', ports: 'src/ports/index.ts' } })
