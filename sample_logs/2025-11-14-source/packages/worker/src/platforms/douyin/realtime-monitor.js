/**
 * 实时监控：捕获新消息
 */
const createLogger = require('../../logger');

const logger = createLogger('douyin-realtime-monitor');

class RealtimeMonitor {
  constructor(page, dataManager) {
    this.page = page;
    this.dataManager = dataManager;
    this.seen = new Set();
  }

  start() {
    // 30 秒检查一次页面是否还活着
    this.watchdog = setInterval(() => {
      if (this.page.isClosed()) {
        logger.warn('[Realtime] Page is closed');
      }
    }, 30_000);
  }

  async onMessage(message) {
    logger.info(`[Realtime] Processing message: ${message.id}...`);
    this.seen.add(message.id);
    await this.dataManager.pushSnapshot();
    logger.info(`✅ [Realtime] Message processed successfully: ${message.id}...`);
  }
}

module.exports = RealtimeMonitor;
