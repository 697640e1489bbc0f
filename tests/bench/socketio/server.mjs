// SPDX-FileCopyrightText: The Reihum contributors
// SPDX-License-Identifier: EUPL-1.2
// A bare socket.io server to measure beside our streams: a POST to /vote is told to everybody; nothing is stored,
// nobody is asked who they are. Run as `node server.mjs PORT`.

import { createServer } from "node:http";
import { Server } from "socket.io";

let number = 0;
const server = createServer(async (incoming, outgoing) => {
  if (incoming.url.startsWith("/socket.io/")) return;
  if (incoming.url === "/healthz") return outgoing.end("ok");
  const parts = [];
  for await (const part of incoming) parts.push(part);
  number += 1;
  sockets.emit("change", number, new URLSearchParams(Buffer.concat(parts).toString()).get("text"));
  outgoing.end(String(number));
});
const sockets = new Server(server, { serveClient: false });
server.listen(Number(process.argv[2]), "127.0.0.1");
