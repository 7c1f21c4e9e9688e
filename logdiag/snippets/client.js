// Flight recorder of a Socket.IO client (4.5 or later), by `logdiag snippet client`: paste it into the module that
// makes the socket, and call recordClient(socket) right after io(…). It logs names and sizes, no contents.
// Your own logger instead: logger[level](message, fields) with winston, logger[level](fields, message) with pino.
const log = (level, message, fields) =>
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields }));

log("info", "Socket.IO client started", { pid: globalThis.process?.pid });
globalThis.process?.on?.("uncaughtExceptionMonitor", (error) => log("error", "Uncaught exception: " + error.message));

function recordClient(socket) {
  const PACKET = /^([2356])(?:\d+-)?(?:(\/[^,]*),)?(\d*)(?:\["((?:[^"\\]|\\.)*)")?/; // kind, namespace, id, event
  const bytesOf = (data) =>
    typeof data === "string" ? new TextEncoder().encode(data).length : (data.byteLength ?? data.size);
  const numbers = new Map(); // of the messages that wait for an acknowledgement, by its id
  let [count, sending, since] = [0, "", Date.now()];
  const noteSent = ({ type, data }) => {
    if (type !== "message") return;
    const found = typeof data === "string" && PACKET.exec(data);
    const [, kind, nsp = "/", id, event] = found || [];
    if (typeof data === "string") sending = "";
    else if (sending) log("info", `Socket.IO client sending attachment of ${sending}, ${bytesOf(data)} bytes`);
    if (!kind || nsp !== socket.nsp) return;
    if (event !== undefined && id) numbers.set(id, count + 1);
    sending = event === undefined ? `ack ${id}` : `event ${event} #${++count}`;
    log("info", `Socket.IO client sending ${sending}, ${bytesOf(data)} bytes`);
  };
  const noteReceived = ({ type, data }) => {
    const found = type === "message" && typeof data === "string" && PACKET.exec(data);
    const [, kind, nsp = "/", id, event] = found || [];
    if (!kind || nsp !== socket.nsp) return;
    if ("25".includes(kind)) log("info", `Socket.IO client received event ${event}, ${bytesOf(data)} bytes`);
    else log("info", `Socket.IO client received ack #${numbers.get(id)}`);
    if ("36".includes(kind)) numbers.delete(id);
  };
  const watch = () => {
    const { _pingInterval: pingInterval, _pingTimeout: pingTimeout, _maxPayload: maxHttpBufferSize } = socket.io.engine;
    for (const [name, value] of Object.entries({ pingInterval, pingTimeout, maxHttpBufferSize }))
      log("info", `Socket.IO setting ${name}: ${value}`); // as the server told it
    socket.io.engine.on("packetCreate", noteSent);
    socket.io.engine.on("packet", noteReceived);
  };
  const greet = () => log("info", "Socket.IO client connected: " + socket.id, { recovered: socket.recovered === true });
  if (socket.io.engine?.readyState === "open") watch();
  if (socket.connected) greet();
  socket.io.on("open", watch);
  socket.io.on("reconnect_attempt", (attempt) =>
    log("info", "Socket.IO client reconnect attempt " + attempt, { delayMs: Date.now() - since }));
  socket.on("connect", greet);
  socket.on("connect_error", ({ message, description, context, data }) => {
    since = Date.now();
    const code = context?.statusText?.code ?? description?.error?.code ?? context?.status;
    log("warn", "Socket.IO client connect error: " + message, { code, data });
  });
  socket.on("disconnect", (reason, details) => {
    since = Date.now();
    const description = details?.description?.message ?? details?.description;
    log("warn", "Socket.IO client disconnected: " + reason, { code: details?.context?.code, description });
  });
}
