// A tool server that takes any text: what an attacker would put into arguments arrives here as it was sent.
import { createInterface } from 'node:readline';

const text = { type: 'object', properties: { text: {} }, required: ['text'], additionalProperties: { } };
const tools = [
  { name: 'read', description: 'Reads a paper.', inputSchema: text, annotations: { readOnlyHint: true } },
  { name: 'write', description: 'Writes a paper.', inputSchema: text, annotations: { readOnlyHint: false, destructiveHint: false } },
  { name: 'shred', description: 'Destroys a paper.', inputSchema: text, annotations: { readOnlyHint: false, destructiveHint: true } },
];
const answers = {
  initialize: ({ params }) => ({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'papers', version: '1' } }),
  ping: () => ({}),
  'tools/list': () => ({ tools }),
  'tools/call': ({ params }) => ({ content: [{ type: 'text', text: `done: ${params.name}` }] }),
};
createInterface({ input: process.stdin }).on('line', line => {
  const message = JSON.parse(line);
  if (message.id === undefined) return;
  const answer = answers[message.method];
  process.stdout.write(JSON.stringify(answer ? { jsonrpc: '2.0', id: message.id, result: answer(message) } : { jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'unknown' } }) + '\n');
});
