// SPDX-FileCopyrightText: The Reihum contributors
// SPDX-License-Identifier: EUPL-1.2
// An inbox made of Fedify, to measure beside ours: it verifies each signature and stores each activity durably.
// Run as `node server.mjs PORT DATABASE KEYS`; KEYS is a JSON file: key id -> public key in PEM.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createFederation, MemoryKvStore } from "@fedify/fedify";
import { Application, Create } from "@fedify/fedify/vocab";
import { getDocumentLoader } from "@fedify/vocab-runtime";

const [port, path, keysPath] = process.argv.slice(2);
const origin = `http://127.0.0.1:${port}`;
const database = new DatabaseSync(path);
database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
database.exec("CREATE TABLE IF NOT EXISTS received (id TEXT PRIMARY KEY, body TEXT NOT NULL)");
const insert = database.prepare("INSERT OR IGNORE INTO received VALUES (?, ?)");

const actors = new Map();
for (const [keyId, publicKeyPem] of Object.entries(JSON.parse(readFileSync(keysPath, "utf8")))) {
  const [owner] = keyId.split("#");
  const publicKey = { id: keyId, type: "CryptographicKey", owner, publicKeyPem };
  const context = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"];
  actors.set(owner, { "@context": context, id: owner, type: "Application", inbox: `${owner}/inbox`, publicKey });
}

const bundled = getDocumentLoader();
const federation = createFederation({
  kv: new MemoryKvStore(),
  origin,
  // the peers' keys are known, as ours are pinned: nothing is fetched
  documentLoaderFactory: () => async (url) => {
    const [owner] = url.split("#");
    if (actors.has(owner)) return { contextUrl: null, documentUrl: owner, document: actors.get(owner) };
    return await bundled(url);
  },
  contextLoaderFactory: () => bundled,
});
federation.setActorDispatcher("/users/{identifier}", (context, identifier) =>
  new Application({ id: context.getActorUri(identifier), preferredUsername: identifier }),
);
federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Create, async (context, activity) => {
    insert.run(activity.id.href, JSON.stringify(await activity.toJsonLd(context)));
  })
  .onError((_, error) => console.error(error));

createServer(async (incoming, outgoing) => {
  if (incoming.url === "/healthz") return outgoing.end("ok");
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const init = { method: incoming.method, headers: incoming.headers, body: Buffer.concat(parts) };
  const answer = await federation.fetch(new Request(`${origin}${incoming.url}`, init), { contextData: undefined });
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
}).listen(Number(port), "127.0.0.1");
