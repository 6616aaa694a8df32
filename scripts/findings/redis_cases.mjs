/** What node-redis is asked to do while the connection goes wrong. */
const VALUE = "a value of thirty-two bytes: ok.";

export function redisCases({ createClient }) {
  /** The errors are listened for, as its documentation asks. */
  const open = (port, socket = {}) => {
    const client = createClient({ socket: { host: "127.0.0.1", port, ...socket } });
    client.on("error", () => {});
    return client;
  };

  /** Three questions whose answers are known; then goodbye. */
  const conversation = (socket) => async ({ port, step }) => {
    const client = open(port, socket);
    const ok = await step("connect", () => client.connect().then(() => "connected"), "connected") === "ok" &&
      await step("SET", () => client.set(`key:${port}`, VALUE), "OK") === "ok" &&
      await step("GET", () => client.get(`key:${port}`), VALUE) === "ok" &&
      await step("PING", () => client.ping(), "PONG") === "ok";
    if (ok) await step("close", () => client.close().then(() => "closed"), "closed");
    if (client.isOpen) client.destroy();
  };

  return {
    "no reconnect": conversation({ reconnectStrategy: false }),
    "defaults": conversation({}),
    "socketTimeout 500": conversation({ socketTimeout: 500, reconnectStrategy: false }),
    /** How often does the server count when the answer is lost? */
    async "INCR"({ port, step }) {
      const client = open(port);
      await step("connect", () => client.connect().then(() => "connected"), "connected");
      await step("INCR", () => client.incr(`counter:${port}`), 1);
      await step("the counter", () => client.get(`counter:${port}`), "1");
      client.destroy();
    },
    /** Nothing is listened for: what its documentation warns of. */
    async "no error listener"({ port, step }) {
      const client = createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: false } });
      await step("connect", () => client.connect().then(() => "connected"), "connected");
      await step("PING", () => client.ping(), "PONG");
      await step("idle", () => new Promise((resolve) => setTimeout(resolve, 600, "idle")), "idle");
      try {
        client.destroy();
      } catch {
        // It is closed already.
      }
    },
  };
}
