/**
 * 连接 Master 的 Socket.IO 客户端
 */
const { io } = require('socket.io-client');
const createLogger = require('../logger');

const logger = createLogger('socket-client');

class SocketClient {
  constructor(masterUrl, workerId) {
    this.masterUrl = masterUrl;
    this.workerId = workerId;
    this.socket = null;
  }

  connect() {
    this.socket = io(this.masterUrl, {
      query: { workerId: this.workerId },
      reconnection: true,
      reconnectionDelay: 1000,
      reconnectionDelayMax: 5000,
      reconnectionAttempts: Infinity,
    });

    this.socket.on('connect', () => {
      logger.info(`Connected to master (socket ID: ${this.socket.id})`);
    });

    this.socket.on('disconnect', (reason) => {
      logger.warn(`Disconnected from master: ${reason}`);
    });

    this.socket.on('connect_error', (error) => {
      logger.error(`Connection error: ${error.message}`);
    });

    return this.socket;
  }
}

module.exports = SocketClient;
