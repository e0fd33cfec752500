/** The emoji that the picker offers: each with its English name, and its Chinese one. */
export const DATA = {
  smileys: `😀 grinning face/露齿笑
😄 laughing eyes/开心
😁 beaming smile/嘻嘻
😅 nervous sweat/尴尬笑
😂 tears of joy/笑哭
🤣 rolling laughing/笑翻
🙂 slight smile/微笑
😉 wink/眨眼
😊 blushing smile/害羞
😇 angel halo/天使
🥰 smile with hearts/爱意
😍 heart eyes/色
😘 kiss/飞吻
😋 yummy/好吃
😜 cheeky tongue/调皮
🤪 zany crazy/疯狂
🤗 hug/拥抱
🤔 thinking/思考
🤫 hush quiet/嘘
😐 neutral/面无表情
😏 smirk/得意
🙄 eye roll/白眼
😬 grimace/龇牙
😌 relieved/欣慰
😴 sleeping/睡觉
😷 mask sick/口罩
🤒 fever ill/发烧
🤯 mind blown/震惊
🥳 party/庆祝
😎 cool sunglasses/酷
🤓 nerd/书呆子
😕 confused/困惑
🙁 sad frown/难过
😮 surprised/惊讶
😳 flushed/脸红
🥺 pleading/可怜
😢 crying/流泪
😭 sobbing/大哭
😱 scream fear/尖叫
😤 huff proud/傲慢
😡 angry/生气
🤬 swearing/骂人
💀 skull/骷髅
👻 ghost/幽灵
🤖 robot/机器人
💩 poo/便便`,
  hands: `👋 wave hello/挥手
👌 OK/好的
✌️ victory/胜利
🤞 fingers crossed/祈求好运
🤙 call me/打电话
👈 left/左
👉 right/右
👆 up/上
👇 down/下
👍 thumbs up good/赞
👎 thumbs down bad/踩
✊ fist/拳头
👊 punch/出拳
👏 clap/鼓掌
🙌 raised hands/万岁
🤝 handshake/握手
🙏 please thanks/感谢
💪 strong/加油
👀 eyes look/看
🧠 brain/大脑
🙋 raise hand/举手
🤷 shrug/耸肩
🤦 facepalm/捂脸
🏃 run/跑步
💃 dance/跳舞
👨‍👩‍👧 family/家庭
👶 baby/宝宝
🧑‍💻 technologist/程序员`,
  hearts: `❤️ red heart love/爱心
🧡 orange heart/橙心
💛 yellow heart/黄心
💚 green heart/绿心
💙 blue heart/蓝心
💜 purple heart/紫心
🖤 black heart/黑心
💔 broken heart/心碎
💕 two hearts/两颗心
💯 hundred points/满分
✨ sparkles/闪亮
⭐ star/星星
🔥 fire hot/火
💥 boom/爆炸
🎉 celebrate tada/恭喜
🎂 birthday cake/生日蛋糕
🎁 gift/礼物
🧧 red envelope/红包
✅ done check/完成
❌ cross no/错误
❓ question/问号
❗ exclamation/感叹号
⚠️ warning/警告
💤 sleep zzz/瞌睡`,
  nature: `🐶 dog/狗
🐱 cat/猫
🐭 mouse/老鼠
🐰 rabbit/兔子
🦊 fox/狐狸
🐻 bear/熊
🐼 panda/熊猫
🐯 tiger/老虎
🦁 lion/狮子
🐮 cow/牛
🐷 pig/猪
🐵 monkey/猴子
🐔 chicken/鸡
🐧 penguin/企鹅
🦄 unicorn/独角兽
🐝 bee/蜜蜂
🦋 butterfly/蝴蝶
🐢 turtle/乌龟
🐟 fish/鱼
🐉 dragon/龙
🌸 blossom/樱花
🌹 rose/玫瑰
🌻 sunflower/向日葵
🌲 tree/树
🍀 clover luck/四叶草
🌈 rainbow/彩虹
☀️ sun/太阳
🌙 moon/月亮
☁️ cloud/云
🌧️ rain/下雨
❄️ snow/雪花
🌊 wave sea/海浪`,
  food: `🍎 apple/苹果
🍌 banana/香蕉
🍉 watermelon/西瓜
🍇 grapes/葡萄
🍓 strawberry/草莓
🍑 peach/桃子
🥑 avocado/牛油果
🌶️ chilli/辣椒
🍞 bread/面包
🧀 cheese/奶酪
🍔 burger/汉堡
🍟 fries/薯条
🍕 pizza/披萨
🍜 noodles/面条
🍚 rice/米饭
🥟 dumpling/饺子
🍣 sushi/寿司
🍲 hotpot/火锅
🍦 ice cream/冰淇淋
🍰 cake/蛋糕
🍫 chocolate/巧克力
☕ coffee/咖啡
🍵 tea/茶
🧋 bubble tea/奶茶
🍺 beer/啤酒
🍷 wine/葡萄酒
🥂 cheers/干杯`,
  things: `🚗 car/汽车
🚌 bus/公交车
🚄 train/高铁
✈️ plane/飞机
🚀 rocket/火箭
🚲 bicycle/自行车
🏠 home/家
🏖️ beach/海滩
⛰️ mountain/山
🗺️ map/地图
⚽ football/足球
🏀 basketball/篮球
🏓 table tennis/乒乓球
🎮 game/游戏
🎵 music/音乐
🎸 guitar/吉他
🎬 film/电影
📷 camera/相机
📱 phone/手机
💻 laptop/电脑
⌚ watch/手表
💡 idea/灯泡
📚 books/书
✏️ pencil/铅笔
📎 paper clip/回形针
📅 calendar/日历
📍 pin place/位置
💰 money/钱
🔑 key/钥匙
🔒 lock/锁
⏰ alarm clock/闹钟
☂️ umbrella/雨伞`,
};
