// Node's http or http2. At SIGTERM it listens no more, closes what is idle and ends once all requests have:
// node server.mjs PORT PROTOCOL, which is h2 or http/1.1
import { createServer } from 'node:http';
import { createServer as createServer2 } from 'node:http2';

const [port, protocol] = process.argv.slice(2);

const paths = {
  '/hello': (url, request, response) => response.end('Hello, World!'),
  '/slow': (url, request, response) => setTimeout(() => response.end('slept'), Number(url.searchParams.get('ms'))),
  '/bytes': (url, request, response) => {
    const body = Buffer.alloc(Number(url.searchParams.get('n')));
    response.setHeader('Content-Length', body.length);
    response.end(body);
  },
  '/upload': (url, request, response) => request.on('end', () => response.end('taken')).resume(),
  '/events': (url, request, response) => {
    response.setHeader('Content-Type', 'text/event-stream');
    const timer = setInterval(() => response.write('data: here\n\n'), 100);
    response.on('close', () => clearInterval(timer));
  },
};

const serve = (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const path = paths[url.pathname];
  if (path) return path(url, request, response);
  response.writeHead(404).end();
};

const sessions = new Set();
const server = protocol === 'h2' ? createServer2(serve) : createServer(serve);
server.on('session', (session) => {
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
});
server.listen(Number(port), '127.0.0.1');

process.on('SIGTERM', () => {
  server.close(() => process.exit(0)); // since Node 19 it closes idle connections of HTTP/1.1 too
  for (const session of sessions) session.close();
  setTimeout(() => process.exit(1), 8000).unref();
});
