// The client of the test: four messages that fit, one of them binary, then one that does not, twelve times.
const socket = io(process.argv[2], { transports: ["websocket"], reconnectionDelay: 40, reconnectionDelayMax: 120 });
recordClient(socket);
let drops = 0;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
socket.on("connect", async () => {
  for (const size of [100, 1100, 2100]) {
    await sleep(40 + 60 * Math.random());
    await socket.emitWithAck("sync", "x".repeat(size));
  }
  await socket.emitWithAck("photo", new Uint8Array(1900));
  if (drops === 12) process.exit();
  await sleep(100 * Math.random());
  socket.emit("sync", "x".repeat(6000));
});
socket.on("disconnect", () => (drops += 1));
