/**
 * 清理失效的 Worker 记录（只改内存，不碰连接）
 */
const createLogger = require('../logger');

const logger = createLogger('registry-sweeper');
const SWEEP_INTERVAL = process.env.SWEEP_INTERVAL || 30000;

class RegistrySweeper {
  constructor(registry) {
    this.registry = registry;
    this.timer = null;
  }

  start() {
    this.timer = setInterval(() => this.sweep(), SWEEP_INTERVAL);
  }

  sweep() {
    for (const [id, worker] of this.registry) {
      if (worker.stale) {
        this.registry.delete(id);
        logger.info(`Removed stale worker record ${id}`);
      }
    }
  }
}

module.exports = RegistrySweeper;
