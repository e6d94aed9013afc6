// Both ends of the Node captures. usage: node peer.js ROLE PORT [HOST]
const http = require("http");
const net = require("net");
const [, , role, port, host = "127.0.0.1"] = process.argv;

const answer = (request, response) => {
  if (request.url === "/crash") throw new Error("uncaught");
  if (request.url === "/reset") return setTimeout(() => request.socket.resetAndDestroy(), 300);
  if (request.url === "/hang") return;
  if (request.url === "/refuse") {
    response.writeHead(413);
    return response.end("too large\n", () => request.socket.destroy());
  }
  response.end("ok\n");
};

const get = (path, options = {}) =>
  new Promise((resolve) => {
    const request = http.get({ host, port, path, ...options }, (response) => response.resume().on("end", resolve));
    request.on("error", (error) => { console.log(error.code, error.message); resolve(); });
    request.on("timeout", () => request.destroy());
  });

const roles = {
  server: () => http.createServer(answer).listen(port),
  paused: () => net.createServer((socket) => socket.pause()).listen(port),
  halfOpen: () => net.createServer({ allowHalfOpen: true }, (socket) => socket.on("data", () => socket.write("ok\n"))).listen(port),
  // The event loop is blocked from the answer to the next request: the FIN in between is not seen.
  blocked: async () => {
    const agent = new http.Agent({ keepAlive: true });
    await get("/", { agent });
    await new Promise((resolve) => setTimeout(resolve, 100));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
    await get("/", { agent });
    agent.destroy();
  },
  timeout: () => get("/hang", { timeout: 1000 }),
  refused: () => get("/"),
  many: async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    await Promise.all(Array.from({ length: 200 }, () => get("/", { agent })));
    agent.destroy();
    for (let i = 0; i < 15; i++) await Promise.all(Array.from({ length: 20 }, () => get("/", { agent: false })));
  },
};
roles[role]();
