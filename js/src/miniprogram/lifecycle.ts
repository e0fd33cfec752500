import type { Hints } from "../platform/platform.js";
import { host } from "./wx.js";

/**
 * Passes on whether the app is looked at and whether there is a network. Five seconds after the app was left, the host
 * suspends its code and breaks its sockets; what happened meanwhile is told when the user is back.
 */
export function watchApp(hints: Hints): () => void {
  const wx = host();
  const shown = () => hints.visible(true);
  const hidden = () => hints.visible(false);
  const network = ({ isConnected }: { isConnected: boolean }) => hints.network(isConnected);
  wx.onAppShow(shown);
  wx.onAppHide(hidden);
  wx.onNetworkStatusChange(network);
  return () => {
    wx.offAppShow(shown);
    wx.offAppHide(hidden);
    wx.offNetworkStatusChange(network as never);
  };
}
