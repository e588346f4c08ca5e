package outline

// Number reads the number out of a clause's printed number (第十二条, （三）, 5);
// 0 if there is none. Of 5.1.2 it reads the digits before the first dot.
func Number(printed string) int {
	for i, r := range printed {
		if r == '.' || r == '．' || r == '之' {
			printed = printed[:i]
			break
		}
	}
	return numeral(printed)
}
