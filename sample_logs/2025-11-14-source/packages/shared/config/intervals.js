/**
 * 各类定时任务的间隔（毫秒）
 */
const INTERVALS = Object.freeze({
  DATA_SNAPSHOT: 30 * 1000, // 数据快照
  ACCOUNT_STATUS: 60 * 1000, // 账户状态上报
  CACHE_CLEANUP: 30 * 1000, // 缓存清理
});

module.exports = { INTERVALS };
