// Flight recorder of a Socket.IO client (4.5 or later): call recordClient(socket) right after io(…).
const log = (level, message, fields) =>
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields }));
log("info", "Socket.IO client started", { pid: globalThis.process?.pid });
globalThis.process?.on?.("uncaughtExceptionMonitor", (error) => log("error", "Uncaught exception: " + error.message));

function recordClient(socket) {
  const PACKET = /^([2356])(?:\d+-)?(?:(\/[^,]*),)?(\d*)(?:\["((?:[^"\\]|\\.)*)")?/; // kind, namespace, id, event
  const record = (verb, name = "") => ({ type, data }) => {
    if (type !== "message") return;
    const part = typeof data === "string" ? "" : "attachment of "; // binary data comes behind its message
    const [, kind, nsp = "/", id, event] = (!part && PACKET.exec(data)) || [];
    const isOurs = kind && nsp === socket.nsp;
    if (!part) name = isOurs ? ("36".includes(kind) ? "ack" : `event ${event}`) + (id && ` #${id}`) : "";
    if (name) log("info", `Socket.IO client ${verb} ${part}${name}, ${new Blob([data]).size} bytes`);
  };
  const watch = () => {
    const { _pingInterval: pingInterval, _pingTimeout: pingTimeout, _maxPayload: maxHttpBufferSize } = socket.io.engine;
    for (const [name, value] of Object.entries({ pingInterval, pingTimeout, maxHttpBufferSize }))
      log("info", `Socket.IO setting ${name}: ${value}`); // as the server told it
    socket.io.engine.on("packetCreate", record("sending")).on("packet", record("received"));
  };
  if (socket.io.engine?.readyState === "open") watch();
  socket.io.on("open", watch);
  let lostAt = Date.now();
  for (const event of ["close", "error"]) socket.io.on(event, () => (lostAt = Date.now()));
  socket.io.on("reconnect_attempt", (attempt) =>
    log("info", "Socket.IO client reconnect attempt " + attempt, { delayMs: Date.now() - lostAt }));
  socket.on("connect", () =>
    log("info", "Socket.IO client connected: " + socket.id, { recovered: socket.recovered === true }));
  socket.on("connect_error", ({ message, description, context, data }) => {
    const code = context?.statusText?.code ?? description?.error?.code ?? context?.status;
    log("warn", "Socket.IO client connect error: " + message, { code, data });
  });
  socket.on("disconnect", (reason, { description, context } = {}) => {
    const fields = { code: context?.code, description: description?.message ?? description };
    log("warn", "Socket.IO client disconnected: " + reason, fields);
  });
}
