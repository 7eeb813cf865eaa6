// An MCP server over stdio that does what the tool's name says. Its state lives in its working folder, so it survives a restart.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const send = message => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
const version = () => (existsSync('schema-version') ? readFileSync('schema-version', 'utf8') : '1');
const starts = existsSync('starts') ? readFileSync('starts', 'utf8').length + 1 : 1;
appendFileSync('starts', 'x');
const seen = [], cancelled = [], replies = [];
let late = null;

const tools = () => {
  const all = ['echo', 'environment', 'secret', 'rpc_error', 'tool_error', 'oversized', 'malformed_line', 'malformed_answer', 'double_answer', 'late', 'release', 'seen', 'crash', 'big', 'ask',
    'evolve', 'starts', 'child', 'deaf', 'account'].map(name => ({ name, description: name, inputSchema: { type: 'object' } }));
  all.push({ name: 'changing', description: 'version ' + version(), inputSchema: { type: 'object' }, annotations: { destructiveHint: true } });
  all.push({ name: 'unsound', description: 'a number beyond binary64', inputSchema: { type: 'object', maxProperties: '@@' } });
  if (version() !== '1') all.push({ name: 'added', description: 'new', inputSchema: { type: 'object' } });
  return all;
};

const list = (id, cursor) => {
  const all = tools();
  const half = 5;
  const page = cursor ? all.slice(half) : all.slice(0, half);
  const line = JSON.stringify({ jsonrpc: '2.0', id, result: { tools: page, ...(cursor ? {} : { nextCursor: 'two' }) } });
  process.stdout.write(line.replace('"@@"', '9007199254740993') + '\n');
};

const text = value => ({ content: [{ type: 'text', text: value }] });

const call = (id, { name, arguments: args, _meta }) => {
  seen.push(name);
  const answer = value => send({ id, result: text(value) });
  switch (name) {
    case 'echo': return send({ id, result: { ...text(JSON.stringify({ args, _meta })), structuredContent: { args } } });
    case 'environment': return answer(Object.keys(process.env).sort().join(' ') + ' cwd=' + process.cwd());
    case 'secret': {
      const escaped = [...process.env.TOKEN].map(c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')).join('');
      return process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"<${escaped}>"}],"structuredContent":{"${escaped}":["x${process.env.TOKEN}y"]}}}\n`);
    }
    case 'rpc_error': return send({ id, error: { code: -32602, message: 'no ' + (process.env.TOKEN ?? ''), data: { why: 'because' } } });
    case 'tool_error': return send({ id, result: { ...text('disk full'), isError: true } });
    case 'oversized': return answer('x'.repeat(5 * 1024 * 1024));
    case 'malformed_line': return process.stdout.write('this is no JSON\n');
    case 'malformed_answer': return send({ id, result: args.result ?? [] });
    case 'double_answer': send({ id, result: text('first') }); return send({ id, result: text('second') });
    case 'late': late = id; return;
    case 'release': send({ id: late, result: text('too late') }); return answer(JSON.stringify({ cancelled, late }));
    case 'seen': return answer(seen.join(' '));
    case 'crash': appendFileSync('effects', 'x'); return process.exit(3);
    case 'big': return answer('ä"'.repeat(700 * 1024));
    case 'ask': send({ id: 'p1', method: 'ping' }); send({ id: 77, method: 'sampling/createMessage', params: {} });
      replies.done = () => answer(JSON.stringify(replies)); return;
    case 'evolve': writeFileSync('schema-version', args.version); send({ method: 'notifications/tools/list_changed' }); return answer('evolved');
    case 'starts': return answer(String(starts));
    case 'account': {
      let read = 'refused';
      try { readFileSync(args.file); read = 'read'; } catch { /* what is asked */ }
      return answer(`${process.getuid()} ${process.getgid()} ${process.env.HOME} ${read}`);
    }
    case 'child': return answer(String(spawn('sleep', ['600'], { stdio: 'ignore' }).pid));
    case 'deaf': process.stdin.pause(); lines.pause(); return;
    default: return send({ id, error: { code: -32601, message: 'unknown tool' } });
  }
};

console.log('a banner of a careless launcher');
console.error('starting with ' + process.env.TOKEN);
const lines = createInterface({ input: process.stdin });
lines.on('line', line => {
  const message = JSON.parse(line);
  if (message.method === 'initialize') send({ id: message.id, result: { protocolVersion: process.argv[2] ?? message.params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } });
  else if (message.method === 'tools/list') list(message.id, message.params?.cursor);
  else if (message.method === 'tools/call') call(message.id, message.params);
  else if (message.method === 'notifications/cancelled') cancelled.push(message.params.requestId);
  else if (message.method === undefined && replies.push(message) === 2) replies.done();
});
lines.on('close', () => process.exit(0));
