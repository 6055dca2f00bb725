// Node's http and http2, one process. At SIGTERM it listens no more, and closes each session once its streams have
// ended: node server.mjs CLEAR_PORT TLS_PORT CERTIFICATE KEY PROTOCOL, which is h2 or http/1.1
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer1 } from 'node:https';
import { createSecureServer, createServer as createServer2 } from 'node:http2';

const [clear, encrypted, certificate, key, protocol] = process.argv.slice(2);
const pair = { cert: readFileSync(certificate), key: readFileSync(key) };

const serve = (request, response) => {
  const answer = (text) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.end(text);
  };
  if (request.url === '/slow') return setTimeout(() => answer('slept'), 800);
  answer('Hello, World!');
};

const sessions = new Set();
const servers = protocol === 'h2'
  ? [createServer2(serve), createSecureServer(pair, serve)]
  : [createServer(serve), createSecureServer1(pair, serve)];
servers[0].listen(Number(clear), '127.0.0.1');
servers[1].listen(Number(encrypted), '127.0.0.1');
for (const server of servers)
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });

process.on('SIGTERM', () => {
  let open = servers.length;
  for (const server of servers) server.close(() => { if (--open === 0) process.exit(0); });
  for (const session of sessions) session.close();
  setTimeout(() => process.exit(1), 8000).unref();
});
