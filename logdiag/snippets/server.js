// Flight recorder of a Socket.IO server (4.6 or later), by `logdiag snippet server`: paste it into the module that
// makes the server, and call recordServer(io) before any io.of(…). It logs names and sizes, no contents.
// Your own logger instead: logger[level](message, fields) with winston, logger[level](fields, message) with pino.
const log = (level, message, fields) =>
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields }));

log("info", "Socket.IO server started", { pid: process.pid });
process.on("uncaughtExceptionMonitor", (error) => log("error", "Uncaught exception: " + error.message));

function recordServer(io) {
  const PACKET = /^[25](?:\d+-)?(?:(\/[^,]*),)?\d*\["((?:[^"\\]|\\.)*)"/; // namespace, event
  const { pingInterval, pingTimeout, maxHttpBufferSize } = io.engine.opts;
  for (const [name, value] of Object.entries({ pingInterval, pingTimeout, maxHttpBufferSize }))
    log("info", `Socket.IO setting ${name}: ${value}`);
  io.engine.on("connection_error", ({ code, message }) =>
    log("warn", "Socket.IO server connection error: " + message, { code }));
  const note = (socket, verb, way) => ({ type, data }) => {
    const found = type === "message" && typeof data === "string" && PACKET.exec(data);
    const [, nsp = "/", event] = found || [];
    if (event === undefined || nsp !== socket.nsp.name) return;
    log("info", `Socket.IO server ${verb} event ${event} ${way} ${socket.id}, ${Buffer.byteLength(data)} bytes`);
  };
  const watch = (socket) => {
    const fields = { address: socket.handshake.address, namespace: socket.nsp.name, recovered: socket.recovered };
    log("info", "Socket.IO server connected: " + socket.id, fields);
    socket.conn.on("packet", note(socket, "received", "from"));
    socket.conn.on("packetCreate", note(socket, "sending", "to"));
    socket.on("disconnect", (reason, details) => {
      const description = details?.message ?? details?.description;
      log("warn", `Socket.IO server disconnected: ${socket.id}, reason: ${reason}`, { description });
    });
  };
  io.on("connection", watch);
  io.on("new_namespace", (namespace) => namespace.on("connection", watch));
}
