import { library } from '../../tooling/build/tsup.ts'

export default library({ apart: { client: 'src/build/client.ts', rest: 'src/build/rest.ts' } })
