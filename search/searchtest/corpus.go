// Package searchtest holds every search engine to the same contract.
package searchtest

import (
	"fmt"
	"time"

	"minyi/search"
)

var day = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)

const (
	parking = "consultation:2027-001"
	signs   = "consultation:2027-002"
	parks   = "consultation:2026-009"
)

// Corpus is an invented town's drafts and what was said about them.
func Corpus() []search.Document {
	list := []search.Document{
		{ID: "consultation:2027-001", Kind: search.KindConsultation, Matter: parking, Year: 2027, At: day, Path: "/consultations/2027-001",
			Title: search.Words{ZH: "青桥市停车管理条例（草案）", EN: "Qingqiao parking rules (draft)"}, Text: search.Words{ZH: "规范停车秩序，增加泊位供给，方便居民出行。", EN: "Orderly parking and more places to park."}},
		{ID: "consultation:2027-002", Kind: search.KindConsultation, Matter: signs, Year: 2027, At: day.AddDate(0, 0, 3), Path: "/consultations/2027-002",
			Title: search.Words{ZH: "青桥市户外招牌设置规定（草案）", EN: "Outdoor signs of Qingqiao (draft)"}, Text: search.Words{ZH: "招牌应当安全、整洁，不得遮挡信号灯。", EN: "Signs must be safe and must not hide traffic lights. A licence is needed."}},
		{ID: "consultation:2026-009", Kind: search.KindConsultation, Matter: parks, Year: 2026, At: day.AddDate(-1, 0, 0), Path: "/consultations/2026-009",
			Title: search.Words{ZH: "社区花园营造办法", EN: "Community gardens"}, Text: search.Words{ZH: "鼓励居民共同营造社区花园，老师和学生可以参与。", EN: "Residents make gardens together."}},
	}
	clause := func(matter, key, number, title, zh, en, also string) {
		list = append(list, search.Document{ID: "clause:" + matter + ":" + key, Kind: search.KindClause, Matter: matter, Clause: key, Number: number, Year: 2027, At: day,
			Title: search.Words{ZH: title}, Text: search.Words{ZH: zh, EN: en}, Also: also, Path: "/consultations/x/clauses/" + key, Changed: key == "a13"})
	}
	also := "青桥市停车管理条例（草案）\nQingqiao parking rules (draft)"
	clause(parking, "a3", "第三条", "", "市人民政府应当将停车场建设纳入规划。", "The city plans car parks.", also)
	clause(parking, "a12", "第十二条", "夜间停车", "居住区周边道路可以设置夜间临时泊位，二十二时至次日七时开放。", "Night places near homes.", also)
	clause(parking, "a13", "第十三条", "收费", "停车收费实行明码标价。", "Fees are shown.", also)
	clause(signs, "b12", "第十二条", "照明", "招牌照明在二十三时以后应当关闭。", "Lighting goes off at 23.", "青桥市户外招牌设置规定（草案）\nOutdoor signs of Qingqiao (draft)")
	opinion := func(n int, matter, key, stance, text string, supports int64) {
		list = append(list, search.Document{ID: fmt.Sprintf("opinion:%03d", n), Kind: search.KindOpinion, Matter: matter, Clause: key, Number: map[string]string{"a12": "第十二条", "b12": "第十二条", "a3": "第三条"}[key],
			Year: 2027, At: day.AddDate(0, 0, n), Stance: stance, Text: search.Words{ZH: text}, Supports: supports, Path: fmt.Sprintf("/opinions/%d", n)})
	}
	opinion(1, parking, "a12", "support", "小区门口晚上停不下车，支持夜间泊位。", 9)
	opinion(2, parking, "a12", "oppose", "夜里车来车往，噪音影响老人睡觉。", 4)
	opinion(3, parking, "a3", "amend", "建议在ＫＴＶ旁边也建停车场，至少１２０个车位。", 1)
	opinion(4, signs, "b12", "support", "路燈太亮，晚上睡不著覺。", 0)
	opinion(5, signs, "b12", "question", "便利店的招牌需要办 license 吗？", 2)
	opinion(6, parks, "", "support", "希望花园里有孩子玩的沙坑。", 7)
	opinion(7, parking, "a12", "", "十二个泊位不够，至少要三十个。", 3)
	return list
}

// Bulk makes n more opinions that share some words, for paging.
func Bulk(n int) []search.Document {
	var list []search.Document
	for i := range n {
		list = append(list, search.Document{ID: fmt.Sprintf("opinion:b%04d", i), Kind: search.KindOpinion, Matter: parking, Clause: "a13", Number: "第十三条", Year: 2027,
			At: day.Add(time.Duration(i) * time.Hour), Supports: int64(i % 7), Stance: "amend", Text: search.Words{ZH: fmt.Sprintf("充值卡用户编号%d希望收费透明。", i)}, Path: fmt.Sprintf("/opinions/b%d", i)})
	}
	return list
}
