import { library } from '../../tooling/build/tsup.ts'

export default library({ workers: { 'peer-boot': 'src/peer/boot.ts' } })
