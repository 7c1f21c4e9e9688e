// Flight recorder of a Socket.IO server (4.6 or later): call recordServer(io) before any io.of(…).
import type { Server, Socket } from "socket.io";
const log = (level: "info" | "warn" | "error", message: string, fields?: object) =>
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields }));
log("info", "Socket.IO server started", { pid: process.pid });
process.on("uncaughtExceptionMonitor", (error) => log("error", "Uncaught exception: " + error.message));

export function recordServer(io: Server) {
  const PACKET = /^[25](?:\d+-)?(?:(\/[^,]*),)?\d*\["((?:[^"\\]|\\.)*)"/; // namespace, event
  const { pingInterval, pingTimeout, maxHttpBufferSize } = io.engine.opts as Record<string, unknown>;
  for (const [name, value] of Object.entries({ pingInterval, pingTimeout, maxHttpBufferSize }))
    log("info", `Socket.IO setting ${name}: ${value}`);
  io.engine.on("connection_error", ({ code, message }: { code: number; message: string }) =>
    log("warn", "Socket.IO server connection error: " + message, { code }));
  const record = (socket: Socket, verb: string, way: string, name = "") => ({ type, data }: any) => {
    if (type !== "message") return;
    const part = typeof data === "string" ? "" : "attachment of "; // binary data comes behind its message
    const [, nsp = "/", event] = (!part && PACKET.exec(data)) || [];
    if (!part) name = event !== undefined && nsp === socket.nsp.name ? `event ${event} ${way} ${socket.id}` : "";
    if (name) log("info", `Socket.IO server ${verb} ${part}${name}, ${Buffer.byteLength(data)} bytes`);
  };
  const watch = (socket: Socket) => {
    const fields = { address: socket.handshake.address, namespace: socket.nsp.name, recovered: socket.recovered };
    log("info", "Socket.IO server connected: " + socket.id, fields);
    socket.conn.on("packet", record(socket, "received", "from"));
    socket.conn.on("packetCreate", record(socket, "sending", "to"));
    socket.on("disconnect", (reason, { message, description = message }: any = {}) =>
      log("warn", `Socket.IO server disconnected: ${socket.id}, reason: ${reason}`, { description }));
  };
  io.on("connection", watch);
  io.on("new_namespace", (namespace) => namespace.on("connection", watch));
}
