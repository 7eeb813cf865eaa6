// An agent over plain HTTP: node agent.ts (Node 24 runs TypeScript as it is). GOV_SERVER, GOV_TOKEN (a developer's); arguments: agent environment tool arguments-as-JSON.
import { randomUUID } from 'node:crypto';

const server = process.env.GOV_SERVER ?? 'http://127.0.0.1:8080';
const [agent, environment, tool, args] = process.argv.length === 6 ? process.argv.slice(2)
  : ['cost-explorer-fixer', 'cost-explorer-cn-prod', 'ops.delete_environment', '{"name":"cost-explorer-cn-prod"}'];

// The same key may be sent again after a lost answer: it is the same call, never a second effect.
async function post(path: string, token: string, body: unknown, key: string): Promise<{ status: number; json: any }> {
  const answer = await fetch(server + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Idempotency-Key': key, Prefer: 'wait=10' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: await answer.json() };
}

const session = await post('/v1/sessions', process.env.GOV_TOKEN ?? '', { agent, goal: 'Fix the report', tier: 'supervised' }, randomUUID());
if (session.status !== 201) throw new Error(`no session: ${session.json.detail}`);
const call = await post('/v1/calls', session.json.token, { environment, tool, arguments: JSON.parse(args) }, randomUUID());
if (call.status === 202) console.log(`${call.json.state}: ${call.json.approval?.url ?? call.json.id}`);
else if (call.status === 200) console.log(`${call.json.state}: ${JSON.stringify(call.json.result)}`);
else console.log(`${call.json.slug}: ${call.json.detail}`); // 403 denied, 429 throttled, 422 invalid arguments, …: a problem that says what to do
