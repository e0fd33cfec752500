import { Input, Text, View } from "@tarojs/components";
import { useRouter } from "@tarojs/taro";
import { useEffect, useState } from "react";
import { IMSDK, MBProtocalFactory } from "../../imsdk";

export default function Index() {
  const { params } = useRouter();
  const query =
    process.env.TARO_ENV === "h5" ? Object.fromEntries(new URLSearchParams(location.search)) : params;
  const { url, user } = query;
  const [state, setState] = useState("offline");
  const [lines, setLines] = useState([]);
  const [text, setText] = useState("");

  useEffect(() => {
    IMSDK.callback_onIMAfterLoginSucess = () => setState("online");
    IMSDK.callback_onIMReconnectSucess = () => setState("online");
    IMSDK.callback_onIMDisconnected = () => setState("waiting");
    IMSDK.callback_onIMData = (p) => setLines((all) => [...all, { text: `${p.from}: ${p.dataContent}` }]);
    IMSDK.callback_onMessagesBeReceived = (fp) =>
      setLines((all) => all.map((one) => (one.fp === fp ? { fp, text: `${one.text} ✓` } : one)));
    IMSDK.loginImpl({ loginUserId: user, loginToken: "a-token" }, url, false);
    return () => IMSDK.disconnectSocket();
  }, [url, user]);

  const send = () => {
    const p = MBProtocalFactory.createCommonDataSimple(text, user, "bob", -1);
    setLines((all) => [...all, { fp: p.fp, text }]);
    setText("");
    IMSDK.sendData(p);
  };

  return (
    <View>
      <Text id="state">{state}</Text>
      <View id="messages">
        {lines.map((line, at) => (
          <Text key={line.fp ?? at}>{line.text}</Text>
        ))}
      </View>
      <Input id="text" value={text} onInput={(event) => setText(event.detail.value)} onConfirm={send} />
    </View>
  );
}
