// Says where dependencies come from when someone types `npm install`; silent under pnpm.
if (!(process.env.npm_config_user_agent ?? '').startsWith('pnpm/')) {
  console.log(
    'Nothing to install with npm here: `npm start` and `npm test` fetch what they need; with Node >=24.11 and pnpm, use `pnpm install`.',
  )
}
