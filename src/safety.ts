/** What is refused before a secret is touched: surroundings that would show it to others, or send it to them. */
import { statSync } from 'node:fs'
import { exposingOption, nodeOptions } from './domain/node-options.ts'
import { homeFolder } from './folders.ts'
import { Problem } from './problem.ts'

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly execArgv: readonly string[]
  readonly platform: string
}

/** `sudo finchconn` would make root-owned files in somebody's home, which that person could then not open. */
export function refuseForeignHome({ env, platform }: Omit<Surroundings, 'execArgv'>): void {
  if (platform === 'win32' || env.SUDO_UID === undefined || env.FINCHCONN_HOME) return
  const home = homeFolder(env)
  if (home !== null && statSync(home, { throwIfNoEntry: false })?.uid === Number(env.SUDO_UID)) {
    throw new Problem('usage', `running as root in the home of another user (${home})`, {
      code: 'foreign_home',
      hint: 'run it without sudo',
    })
  }
}

/** A debugger, a heap snapshot or a diagnostic report would hold every secret this process sees. */
export async function refuseDebugging({ execArgv, env }: Omit<Surroundings, 'platform'>): Promise<void> {
  const option = exposingOption([...execArgv, ...nodeOptions(env.NODE_OPTIONS ?? '')])
  // However it was opened, an inspector that listens can say so itself.
  const open = option !== null || (await isInspected())
  if (!open) return
  throw new Problem('usage', `secrets are not handled while Node runs with ${option ?? 'an open inspector'}`, {
    code: 'debugging',
    hint: isVsCode(env, option)
      ? "VS Code's debug terminal or auto attach sets it: use a plain terminal, or turn auto attach off"
      : 'remove it from the command line or from NODE_OPTIONS (unset NODE_OPTIONS)',
  })
}

function isVsCode(env: Surroundings['env'], option: string | null): boolean {
  return (
    /^--inspect.publish.uid/.test(option ?? '') ||
    env.VSCODE_INSPECTOR_OPTIONS !== undefined ||
    /ms-vscode|js-debug/.test(env.NODE_OPTIONS ?? '')
  )
}

async function isInspected(): Promise<boolean> {
  try {
    const { url } = await import('node:inspector')
    return url() !== undefined
  } catch {
    // This Node was built without an inspector.
    return false
  }
}

export function refuseOpenTls({ env }: Pick<Surroundings, 'env'>): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    throw new Problem('usage', 'NODE_TLS_REJECT_UNAUTHORIZED=0 would send secrets to anyone who answers', {
      code: 'tls_off',
      hint: "unset it; for a company's own certificate authority set NODE_EXTRA_CA_CERTS",
    })
  }
}
