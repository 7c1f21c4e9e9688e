/**
 * 账户状态上报
 */
const { INTERVALS } = require('../../../../shared/config/intervals');
const createLogger = require('../../logger');

const logger = createLogger('account-status-reporter');

class AccountStatusReporter {
  constructor(bridge) {
    this.bridge = bridge;
    this.accounts = new Map();
  }

  start() {
    this.timer = setInterval(() => this.report(), INTERVALS.ACCOUNT_STATUS);
  }

  async report() {
    logger.info(`Reporting ${this.accounts.size} account statuses to Master`);
    await this.bridge.sendToMaster({ type: 'worker:account:status', payload: [...this.accounts.values()] });
  }
}

module.exports = AccountStatusReporter;
