package search

// synonyms are groups of words that stand for the same thing in what residents write
// and what drafts say. The words of a group find each other; a draft's own word first.
var synonyms = [][]string{
	{"小区", "居住区", "住宅区", "住宅小区"},
	{"路灯", "照明", "街灯", "streetlight", "lighting"},
	{"停车", "泊车", "parking"},
	{"停车位", "车位", "泊位"},
	{"电动车", "电动自行车", "电瓶车", "ebike"},
	{"充电桩", "充电设施", "充电站"},
	{"垃圾", "生活垃圾", "废弃物", "garbage", "rubbish", "waste"},
	{"公交", "公共汽车", "公交车", "巴士", "bus"},
	{"地铁", "轨道交通", "metro", "subway"},
	{"电梯", "升降机", "elevator", "lift"},
	{"老人", "老年人", "长者", "elderly"},
	{"小孩", "儿童", "孩子", "未成年人", "children"},
	{"残疾人", "残障人士", "disabled"},
	{"食堂", "饭堂", "canteen"},
	{"老房子", "老旧小区", "旧住宅"},
	{"扰民", "噪声", "噪音", "noise"},
	{"养狗", "养犬", "遛狗", "遛犬", "dogs"},
	{"宠物", "犬只"},
	{"营业执照", "经营许可", "license", "licence"},
	{"摆摊", "夜市", "占道经营", "vendors"},
	{"自来水", "供水", "用水"},
	{"污水", "排水", "下水道", "sewage", "drainage"},
	{"拆迁", "征收", "搬迁"},
	{"物业", "物业服务", "物业管理", "物业公司"},
	{"业委会", "业主委员会"},
	{"广告牌", "户外广告", "牌匾", "billboard", "sign"},
	{"绿地", "绿化", "公园", "park"},
	{"罚款", "处罚", "fine", "penalty"},
	{"收费", "费用", "fee", "charge"},
	{"幼儿园", "学前教育", "kindergarten"},
	{"看病", "就医", "医疗"},
	{"打官司", "诉讼"},
	{"开公司", "企业登记", "设立企业", "市场主体登记"},
	{"骑车", "自行车", "骑行", "bicycle", "bike", "cycling"},
	{"斑马线", "人行横道", "过街"},
	{"红绿灯", "信号灯"},
	{"堵车", "拥堵", "交通拥堵"},
	{"修路", "道路施工", "道路养护"},
	{"网络中立", "net neutrality"},
}

// emptyWords separate the words of a Chinese sentence and say nothing themselves;
// the longest ones first.
var emptyWords = []string{"什么时候", "什么时间", "什么地方", "可不可以", "是不是", "能不能", "有没有", "为什么", "怎么办", "请问", "关于", "有关", "怎么", "怎样", "如何", "什么", "哪些", "哪里", "何时", "几点", "多久", "多少", "的", "吗", "呢", "吧", "啊"}

// notEmpty are words that begin like an empty one, or end on one.
var notEmpty = []string{"的士", "的确", "目的", "酒吧", "吧台"}

// emptyEN are English words that say nothing by themselves.
var emptyEN = map[string]bool{"a": true, "an": true, "and": true, "are": true, "as": true, "at": true, "be": true, "by": true, "do": true, "does": true, "for": true, "from": true, "how": true, "i": true, "in": true, "is": true, "it": true, "of": true, "on": true, "or": true, "that": true, "the": true, "this": true, "to": true, "was": true, "we": true, "what": true, "when": true, "where": true, "which": true, "who": true, "why": true, "with": true, "will": true, "can": true, "my": true, "about": true, "not": true}

// synonymOf finds the group of a folded word.
var synonymOf = func() map[string][]string {
	table := map[string][]string{}
	for _, group := range synonyms {
		for _, w := range group {
			table[string(Fold(w))] = group
		}
	}
	return table
}()

// synonymLongest is the length in runes of the longest Chinese word with a synonym.
const synonymLongest = 6

// Synonyms gives, for every word that has any, the terms of the word and those of
// each word that stands for the same: for engines that keep synonyms themselves.
func Synonyms(add func(word []string, same [][]string)) {
	for _, group := range synonyms {
		for i, w := range group {
			var same [][]string
			for j, o := range group {
				if j != i {
					same = append(same, formTerms(o))
				}
			}
			add(formTerms(w), same)
		}
	}
}
