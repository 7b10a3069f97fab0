module.exports = require('../../.eslintrc.arrows')(__dirname);
