// Flight recorder of a Socket.IO client (4.5 or later): call recordClient(socket) right after io(…).
const log = (message, fields, level = "info") =>
  console.log(JSON.stringify({ timestamp: new Date(), level, message, ...fields }));
log("Socket.IO client started", { pid: globalThis.process?.pid });
globalThis.process?.on?.("uncaughtExceptionMonitor", (e) => log("Uncaught exception: " + e.message, {}, "error"));
const PACKET = /^([2356])(?:\d+-)?(?:(\/[^,]*),)?(\d*)(?:\["((?:[^"\\]|\\.)*)")?/; // kind (3, 6: ack), space, id, event

function recordClient(socket, lostAt = Date.now()) {
  const record = (verb, name = "") => ({ type, data }) => {
    const part = typeof data === "string" ? "" : "attachment of "; // binary data comes behind its message
    const [, kind, nsp = "/", id, event] = (!part && PACKET.exec(data)) || [];
    if (!part) name = kind && nsp === socket.nsp && (+kind % 3 ? `event ${event}` : "ack") + (id && ` #${id}`);
    if (name && type === "message") log(`Socket.IO client ${verb} ${part}${name}, ${new Blob([data]).size} bytes`);
  };
  const watch = () => {
    for (const name of ["pingInterval", "pingTimeout", "maxPayload"]) // as the server told it
      log(`Socket.IO setting ${name}: ${socket.io.engine["_" + name]}`);
    socket.io.engine.on("packetCreate", record("sending")).on("packet", record("received"));
  };
  if (socket.io.engine?.readyState === "open") watch();
  socket.io.on("open", watch).on("close", () => (lostAt = Date.now())).on("error", () => (lostAt = Date.now()));
  socket.io.on("reconnect_attempt", (attempt) =>
    log("Socket.IO client reconnect attempt " + attempt, { delayMs: Date.now() - lostAt }));
  socket.on("connect", () => log("Socket.IO client connected: " + socket.id, { recovered: !!socket.recovered }));
  const fail = (message, { description: why, context, data } = {}) =>
    log("Socket.IO client " + message, { data, description: why?.message ?? why,
      code: context?.code ?? context?.statusText?.code ?? why?.error?.code ?? context?.status }, "warn");
  socket.on("connect_error", (error) => fail("connect error: " + error.message, error));
  socket.on("disconnect", (reason, details) => fail("disconnected: " + reason, details));
}
