/** Opens sockets to a port and says nothing; each one that is closed is opened anew. Arguments: port, how many. */
import { connect } from 'node:net'

const [port, count] = process.argv.slice(2).map(Number)
let open = 0

function hold(host) {
  const socket = connect({ port, host })
  socket.once('connect', () => {
    open += 1
    if (open === count) process.send('all were open once')
  })
  socket.on('error', () => {})
  socket.once('close', () => setImmediate(hold, host))
}

for (let index = 0; index < count; index += 1) hold(index % 2 === 0 ? '127.0.0.1' : '::1')
