// As the guide has it: one require, and in a mini-program where the engine's file is.
if (process.env.TARO_ENV === "weapp") {
  require("mobileim/imsdk/miniprogram");
  wx.IMSDK.clientOptions = { wasm: "/mobileim.wasm" };
} else {
  require("mobileim/imsdk");
}

const host = process.env.TARO_ENV === "weapp" ? wx : window;

export const { IMSDK, MBProtocalFactory } = host;
