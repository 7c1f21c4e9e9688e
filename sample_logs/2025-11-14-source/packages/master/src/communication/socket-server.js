/**
 * Socket.IO 服务器
 *
 * Worker 与客户端都连接到这里。
 */
const { Server } = require('socket.io');
const createLogger = require('../logger');

const logger = createLogger('socket-server');

const WORKER_MESSAGE = 'message';

/**
 * 初始化 Socket.IO
 * @param {import('http').Server} httpServer
 * @param {object} registry Worker 注册表
 * @param {object} handlers 消息处理函数
 */
function initSocketServer(httpServer, registry, handlers = {}) {
  if (!httpServer) {
    throw new Error('httpServer is required');
  }

  const io = new Server(httpServer, {
    cors: {
      origin: '*',
      methods: ['GET', 'POST'],
    },
    pingTimeout: 60000, // 60 秒
    pingInterval: 25000, // 25 秒
  });

  io.on('connection', (socket) => {
    logger.info(`Worker connected: ${socket.id}`);
    registry.add(socket);

    socket.on(WORKER_MESSAGE, async (message) => {
      logger.info(`Worker ${socket.id} message type: ${message.type}`);
      try {
        const handle = handlers[message.type];
        if (handle) {
          await handle(socket, message);
        }
      } catch (error) {
        logger.error('Failed to handle message:', error);
      }
    });

    socket.on('disconnect', (reason) => {
      logger.warn(`Worker disconnected: ${socket.id} (${reason})`);
      registry.remove(socket.id);
    });
  });

  return io;
}

module.exports = { initSocketServer };
