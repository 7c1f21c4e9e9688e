/**
 * 账户数据管理：会话、私信、评论，定时推送完整快照
 */
const { INTERVALS } = require('../../../../shared/config/intervals');
const createLogger = require('../../logger');

const logger = createLogger('data-manager');

class DataManager {
  constructor(accountId, dataPusher, options = {}) {
    this.accountId = accountId;
    this.dataPusher = dataPusher;
    this.conversations = new Map();
    this.cache = new Map();
    this.snapshotInterval = options.snapshotInterval || INTERVALS.DATA_SNAPSHOT;
    this.snapshotTimer = null;
    this.cleanupTimer = null;
  }

  /** 启动自动快照 */
  startAutoSnapshot(interval = this.snapshotInterval) {
    if (this.snapshotTimer) {
      return;
    }
    this.snapshotTimer = setInterval(async () => {
      try {
        await this.pushSnapshot();
      } catch (error) {
        logger.error('Auto snapshot failed:', error);
      }
    }, interval);
    logger.info(`Data snapshot started (interval: ${interval}ms)`);
  }

  /** 启动缓存清理：与连接无关 */
  startCacheCleanup() {
    this.cleanupTimer = setInterval(() => {
      for (const [key, entry] of this.cache) {
        if (entry.expiresAt < Date.now()) {
          this.cache.delete(key);
        }
      }
    }, INTERVALS.CACHE_CLEANUP);
  }

  async pushSnapshot() {
    const snapshot = { conversations: [...this.conversations.values()] };
    await this.dataPusher.pushDataSync(this.accountId, snapshot);
  }
}

module.exports = { DataManager };
