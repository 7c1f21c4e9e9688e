// The server of the test: it takes messages of up to 5,000 bytes, and starts the client.
const http = createServer().listen(0, "127.0.0.1", () => {
  const output = openSync("client/app.log", "w");
  const address = `http://127.0.0.1:${http.address().port}`;
  const client = spawn(process.execPath, ["client.mjs", address], { stdio: ["ignore", output, "inherit"] });
  client.on("exit", (code) => process.exit(code));
});
const io = new Server(http, { maxHttpBufferSize: 5000 });
recordServer(io);
io.on("connection", (socket) => {
  socket.onAny((event, data, acknowledge) => acknowledge?.("stored"));
  socket.emit("config", { colors: Buffer.alloc(7000) });
});
