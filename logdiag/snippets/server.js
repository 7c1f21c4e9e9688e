// Flight recorder of a Socket.IO server (4.6 or later): call recordServer(io) before any io.of(…).
const log = (message, fields, level = "info") =>
  console.log(JSON.stringify({ timestamp: new Date(), level, message, ...fields }));
log("Socket.IO server started", { pid: process.pid });
process.on("uncaughtExceptionMonitor", (error) => log("Uncaught exception: " + error.message, {}, "error"));

function recordServer(io) {
  const PACKET = /^[25](?:\d+-)?(?:(\/[^,]*),)?\d*\["((?:[^"\\]|\\.)*)"/; // namespace, event
  const { pingInterval, pingTimeout, maxHttpBufferSize } = io.engine.opts;
  for (const [name, value] of Object.entries({ pingInterval, pingTimeout, maxHttpBufferSize }))
    log(`Socket.IO setting ${name}: ${value}`);
  io.engine.on("connection_error", ({ code, message }) =>
    log("Socket.IO server connection error: " + message, { code }, "warn"));
  const record = (socket, verb, way, name = "") => ({ type, data }) => {
    if (type !== "message") return;
    const part = typeof data === "string" ? "" : "attachment of "; // binary data comes behind its message
    const [, nsp = "/", event] = (!part && PACKET.exec(data)) || [];
    if (!part) name = event !== undefined && nsp === socket.nsp.name ? `event ${event} ${way} ${socket.id}` : "";
    if (name) log(`Socket.IO server ${verb} ${part}${name}, ${Buffer.byteLength(data)} bytes`);
  };
  const watch = (socket) => {
    const fields = { address: socket.handshake.address, namespace: socket.nsp.name, recovered: socket.recovered };
    log("Socket.IO server connected: " + socket.id, fields);
    socket.conn.on("packet", record(socket, "received", "from"));
    socket.conn.on("packetCreate", record(socket, "sending", "to"));
    socket.on("disconnect", (reason, { message, description = message } = {}) =>
      log(`Socket.IO server disconnected: ${socket.id}, reason: ${reason}`, { description }, "warn"));
  };
  io.on("connection", watch).on("new_namespace", (namespace) => namespace.on("connection", watch));
}
