// Flight recorder of a Socket.IO server (4.6 or later), by `logdiag snippet server --lang ts`: save it beside the
// module that makes the server, and call recordServer(io) before any io.of(…). It logs names and sizes, no contents.
// Your own logger instead: logger[level](message, fields) with winston, logger[level](fields, message) with pino.
import type { Server, Socket } from "socket.io";

type Packet = { type: string; data?: unknown };
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
  const note = (socket: Socket, verb: string, way: string) => ({ type, data }: Packet) => {
    const found = type === "message" && typeof data === "string" && PACKET.exec(data);
    const [, nsp = "/", event] = found || ([] as string[]);
    if (event === undefined || nsp !== socket.nsp.name) return;
    const bytes = Buffer.byteLength(String(data));
    log("info", `Socket.IO server ${verb} event ${event} ${way} ${socket.id}, ${bytes} bytes`);
  };
  const watch = (socket: Socket) => {
    const fields = { address: socket.handshake.address, namespace: socket.nsp.name, recovered: socket.recovered };
    log("info", "Socket.IO server connected: " + socket.id, fields);
    socket.conn.on("packet", note(socket, "received", "from"));
    socket.conn.on("packetCreate", note(socket, "sending", "to"));
    socket.on("disconnect", (reason, details: any) => {
      const description = details?.message ?? details?.description;
      log("warn", `Socket.IO server disconnected: ${socket.id}, reason: ${reason}`, { description });
    });
  };
  io.on("connection", watch);
  io.on("new_namespace", (namespace) => namespace.on("connection", watch));
}
