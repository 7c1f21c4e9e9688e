/**
 * Worker 桥接器：平台脚本与 Master 之间的唯一出口
 */
const createLogger = require('../../logger');

const logger = createLogger('worker-bridge');

class WorkerBridge {
  constructor(socket, workerId) {
    this.socket = socket;
    this.workerId = workerId;
    this.sessions = new Map();
  }

  /**
   * 上报登录状态
   * @param {string} accountId
   * @param {object} detail
   */
  async reportLoginStatus(accountId, detail) {
    if (!accountId) {
      logger.warn('reportLoginStatus: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:loginstatus',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报二维码
   * @param {string} accountId
   * @param {object} detail
   */
  async reportQrcode(accountId, detail) {
    if (!accountId) {
      logger.warn('reportQrcode: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:qrcode',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报评论
   * @param {string} accountId
   * @param {object} detail
   */
  async reportComment(accountId, detail) {
    if (!accountId) {
      logger.warn('reportComment: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:comment',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报私信
   * @param {string} accountId
   * @param {object} detail
   */
  async reportDirectMessage(accountId, detail) {
    if (!accountId) {
      logger.warn('reportDirectMessage: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:directmessage',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报会话
   * @param {string} accountId
   * @param {object} detail
   */
  async reportConversation(accountId, detail) {
    if (!accountId) {
      logger.warn('reportConversation: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:conversation',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报账户信息
   * @param {string} accountId
   * @param {object} detail
   */
  async reportAccountInfo(accountId, detail) {
    if (!accountId) {
      logger.warn('reportAccountInfo: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:accountinfo',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报回复结果
   * @param {string} accountId
   * @param {object} detail
   */
  async reportReplyResult(accountId, detail) {
    if (!accountId) {
      logger.warn('reportReplyResult: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:replyresult',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报抓取进度
   * @param {string} accountId
   * @param {object} detail
   */
  async reportCrawlProgress(accountId, detail) {
    if (!accountId) {
      logger.warn('reportCrawlProgress: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:crawlprogress',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报浏览器状态
   * @param {string} accountId
   * @param {object} detail
   */
  async reportBrowserState(accountId, detail) {
    if (!accountId) {
      logger.warn('reportBrowserState: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:browserstate',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报通知
   * @param {string} accountId
   * @param {object} detail
   */
  async reportNotification(accountId, detail) {
    if (!accountId) {
      logger.warn('reportNotification: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:notification',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报诊断信息
   * @param {string} accountId
   * @param {object} detail
   */
  async reportDiagnostics(accountId, detail) {
    if (!accountId) {
      logger.warn('reportDiagnostics: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:diagnostics',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  /**
   * 上报验证码
   * @param {string} accountId
   * @param {object} detail
   */
  async reportCaptcha(accountId, detail) {
    if (!accountId) {
      logger.warn('reportCaptcha: accountId is missing');
      return;
    }
    await this.sendToMaster({
      type: 'worker:captcha',
      workerId: this.workerId,
      payload: {
        accountId,
        detail,
        at: Date.now(),
      },
    });
  }

  openSession(sessionId, accountId) {
    this.sessions.set(sessionId, { accountId, openedAt: Date.now() });
  }

  /**
   * 发送消息到 Master
   * @param {object} message
   * @param {string} message.type 消息类型
   * @param {object} message.payload 内容
   *
   * 所有上报都经过这里。
   * 连接断开时抛出错误，由调用方处理。
   *
   * 注意：不要在这里缓存消息。
   *
   * @returns {Promise<void>}
   * @throws {Error} 连接断开时
   *
   */
  async sendToMaster(message) {
    if (!this.socket.connected) {
      const error = new Error('Socket is not connected');
      logger.error('Failed to send message to Master:', error);
      throw error;
    }

    this.socket.emit('message', message);
    logger.info(`Message ${message.type} sent to Master`);
  }
}

module.exports = WorkerBridge;
