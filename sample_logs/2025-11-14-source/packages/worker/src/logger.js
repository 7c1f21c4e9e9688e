const winston = require('winston');

module.exports = function createLogger(service) {
  return winston.createLogger({ defaultMeta: { service }, transports: [new winston.transports.Console()] });
};
