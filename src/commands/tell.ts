/** What flows report, in the words of the terminal. */
import type { App } from '../app.ts'
import { shortId } from '../domain/connection.ts'
import { countdown, inWords } from '../domain/duration.ts'
import type { LoginRecord } from '../domain/login.ts'
import type { LoginEvent, Report } from '../flows/login/events.ts'
import { bold, dim, green, text, yellow } from '../terminal/text.ts'

export function reportToTerminal(
  { terminal, spell }: Pick<App, 'terminal' | 'spell'>,
  waitsFor = 'the employer',
): Report {
  let waited = false
  return (news: LoginEvent): void => {
    switch (news.kind) {
      case 'opening':
        if (news.opened)
          terminal.say(text`Opening ${bold(news.address)}  (or open it yourself: it works in one browser only)`)
        else if (news.why === null)
          terminal.say(text`Open ${bold(news.address)} in a browser on this machine. It works in one browser only.`)
        else {
          terminal.say(yellow(text`No browser opened (${news.why}).`))
          terminal.say(text`Open this address in a browser on this machine: ${bold(news.address)}`)
        }
        return
      case 'remote':
        terminal.say(
          text`You are logged in over SSH. On the computer with the browser, first run: ${bold(news.command)}`,
        )
        return
      case 'queued':
        terminal.say(text`Another login is using ${news.for}. Waiting up to ${inWords(news.waitMs)} for it to finish.`)
        return
      case 'waiting': {
        const left = text`${countdown(news.leftMs / 1000)} left.`
        const stops = text`Ctrl-C stops waiting.`
        terminal.status(
          text`${left} Waiting for ${waitsFor} to finish Finch Connect. ${stops}`,
          text`${left} Waiting for ${waitsFor} in Finch Connect. ${stops}`,
          text`${left} ${stops}`,
        )
        // Without a terminal the line cannot be rewritten: it is said once.
        if (!waited)
          terminal.sayUnlessWatched(
            text`Waiting for ${waitsFor} to finish Finch Connect, ${countdown(news.leftMs / 1000)} at most.`,
          )
        waited = true
        return
      }
      case 'code':
      case 'question':
        terminal.clearStatus()
        return
      case 'exchanging':
        terminal.say(
          yellow(
            text`Still waiting for Finch's answer, ${Math.max(1, Math.ceil(news.leftMs / 1000))} seconds at most: it holds the new token. A second Ctrl-C quits at once and loses it.`,
          ),
        )
        return
      case 'nothing_saved':
        terminal.say(
          text`Nothing was saved, and the link no longer works.${news.login.kind === 'reauth' ? ' The old token stays in use.' : ''}`,
        )
        return
      case 'stray':
        terminal.say(yellow(text`A callback arrived that did not match: ${news.why}. Still waiting for the right one.`))
        return
      case 'second_opening':
        terminal.say(
          yellow(
            text`The link was opened in a second browser and refused there; the first one continues. If the first was not yours, press Ctrl-C and start over.`,
          ),
        )
        return
      case 'code_refused':
        terminal.say(yellow(text`A login without proof came back and was not saved: ${news.why}. Still waiting.`))
        return
      case 'derived':
        terminal.say(
          text`Finch keeps one connection per customer id, and ${alreadyHaveIt(news.because)}: this one goes to Finch as ${bold(news.finchCustomerId)}, and is billed separately.`,
        )
        return
      case 'shared_token':
        terminal.say(
          yellow(
            text`Finch gave ${shortId(news.connectionId)} the token that ${news.others.map(shortId).join(', ')} has: ask Finch's support, since a token belongs to one connection.`,
          ),
        )
        return
      case 'holding':
        terminal.say(
          yellow(text`The new token cannot be saved yet: ${news.why}. It is held in memory and tried every 2 seconds.`),
        )
        terminal.say(
          text`Do not end this process: free some space or unlock the vault. (A second Ctrl-C ends it, and loses the token.)`,
        )
        return
      case 'untidy':
        terminal.say(dim(text`Cleaning up is left to the next command: ${news.why}`))
        return
      case 'lost':
        terminal.say(
          yellow(text`An interrupted ${news.login.kind} of ${news.login.customerId} could not be saved: ${news.why}.`),
        )
        terminal.say(dim(text`hint: ${spell(news.again)}`))
        return
      case 'unverified':
        terminal.say(
          yellow(text`The new token of ${news.customerId} is saved, and Finch has not confirmed it yet: ${news.why}`),
        )
        if (!news.swapped) terminal.say(dim('The old token stays in use. Each later command asks Finch again.'))
        return
      case 'company_unread':
        terminal.say(dim(text`The employer's name could not be read: ${news.why}`))
        terminal.say(dim(text`hint: ${spell(`finchconn show ${shortId(news.connectionId)} --refresh`)} tries again`))
        return
      case 'became_reauth':
        terminal.say(
          text`This login belongs to a connection that was already here, ${bold(shortId(news.connectionId))}: its token was renewed.`,
        )
        return
      case 'recovered':
        terminal.say(
          green(
            text`Finished an interrupted login: ${news.connection.customerId} is connected through ${news.connection.providerId} as ${shortId(news.connection.connectionId)}.`,
          ),
        )
        return
      case 'not_recovered':
        terminal.say(yellow(text`${interrupted(news.login)} could not be finished: ${news.why}`))
        terminal.say(dim('What was saved of it is kept, and the next command tries again.'))
        return
      case 'key_not_found':
        terminal.say(
          yellow(text`${interrupted(news.login)} can't be finished yet: its key is not in the ${news.place}.`),
        )
        terminal.say(dim('What was saved of it stays sealed. Each later command looks for the key again.'))
    }
  }
}

function interrupted(login: LoginRecord | null): string {
  return login === null ? 'An interrupted login' : `An interrupted ${login.kind} of ${login.customerId}`
}

function alreadyHaveIt(providers: readonly string[]): string {
  const names = [...new Set(providers)]
  if (names.length === 0) return 'another one already has it'
  return `${new Intl.ListFormat('en').format(names)} already ${names.length === 1 ? 'has' : 'have'} it`
}
