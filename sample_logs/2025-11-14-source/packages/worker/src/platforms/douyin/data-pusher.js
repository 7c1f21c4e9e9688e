/**
 * 把数据推送到 Master
 */
const createLogger = require('../../logger');

const logger = createLogger('data-pusher');

class DataPusher {
  constructor(workerBridge) {
    this.workerBridge = workerBridge;
  }

  /** 推送一份完整快照 */
  async pushDataSync(accountId, snapshot) {
    logger.info(`[${accountId}] Pushing data snapshot to Master`);
    try {
      await this.workerBridge.sendToMaster({
        type: 'worker:data:sync',
        payload: { accountId, snapshot },
      });
      logger.info('✅ Data synced to Master');
    } catch (error) {
      logger.error(`Failed to push data sync: ${error.message}`);
    }
  }
}

module.exports = { DataPusher };
