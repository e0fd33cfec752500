module.exports = { testEnvironment: "jest-environment-jsdom-29" };
