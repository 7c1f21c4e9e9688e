const SocketClient = require('./communication/socket-client');
const WorkerBridge = require('./platforms/base/worker-bridge');
const { DataPusher } = require('./platforms/douyin/data-pusher');
const { DataManager } = require('./platforms/douyin/data-manager');
const RealtimeMonitor = require('./platforms/douyin/realtime-monitor');
const AccountStatusReporter = require('./platforms/base/account-status-reporter');

function start(page, accountId) {
  const socket = new SocketClient(process.env.MASTER_URL, process.env.WORKER_ID).connect();
  const bridge = new WorkerBridge(socket, process.env.WORKER_ID);
  const manager = new DataManager(accountId, new DataPusher(bridge));
  manager.startAutoSnapshot();
  manager.startCacheCleanup();
  new RealtimeMonitor(page, manager).start();
  new AccountStatusReporter(bridge).start();
}

module.exports = { start };
