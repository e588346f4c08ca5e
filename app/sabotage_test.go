//go:build torture

package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sabotage is one change of the program and the test that notices it.
type sabotage struct {
	name string
	file string // from the root of the tree
	was  string // stands there exactly once
	is   string
	pkg  string
	test string // must pass on the tree as it is and fail on the sabotaged one
}

// try runs the test, with what else go test shall be told.
func (s sabotage) try(root string, more ...string) (string, error) {
	cmd := exec.Command("go", append(append([]string{"test"}, more...), "-run", "^"+s.test+"$", s.pkg)...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A suite that stays green over a broken promise proves nothing. Each sabotage takes
// one promise out of the program, by an overlay so that no file of the tree changes,
// and names the test that must fail then.
var sabotages = []sabotage{
	{
		"acknowledge before commit", "models/write.go",
		"	if err := g.sql.Commit().Error; err != nil {\n",
		"	for _, j := range jobs {\n		if j.err == nil {\n			done := j.done\n			j.done = make(chan struct{})\n			close(done)\n		}\n	}\n	time.Sleep(20 * time.Millisecond)\n	if err := g.sql.Commit().Error; err != nil {\n",
		"./app", "TestKilledInTheMiddleOfWritesNothingAcknowledgedIsLostOrDoubled",
	},
	{
		"no unique key on support", "models/migrate_0001.go",
		"PRIMARY KEY (opinion_id, voice))", "spare INTEGER)",
		"./app", "TestAKeyIsOnePersonsAndOneActs",
	},
	{
		"a key means the same for everybody", "models/idempotency.go",
		"HashOf([2]string{i.Voice, i.Key})", `HashOf([2]string{"", i.Key})`,
		"./app", "TestAKeyIsOnePersonsAndOneActs",
	},
	{
		"no read limit", "realtime/message.go",
		"cutFrame(m.in, maxMessage-len(m.parts))", "cutFrame(m.in, 1<<30)",
		"./realtime", "TestHostile",
	},
	{
		"no origin check", "realtime/upgrade.go",
		`return origin != "null" && origin != "" && slices.Contains(allowed, origin)`, `return origin != "" || slices.Contains(allowed, origin)`,
		"./realtime", "TestOrigin",
	},
	{
		"no token of the form", "handlers/web/identify.go",
		"subtle.ConstantTimeCompare([]byte(given), []byte(c.Who.CSRF)) != 1", "subtle.ConstantTimeCompare([]byte(given), []byte(c.Who.CSRF)) == 2",
		"./app", "TestNoOtherSiteActsForAReader",
	},
	{
		"a permission that everybody has", "app/kit/actor/actor.go",
		"if r.Name == n && r.Unit.Path != \"\" && strings.HasPrefix(unitPath, r.Unit.Path) {", "if r.Name == n && r.Unit.Path != \"\" && strings.HasPrefix(unitPath, \"/\") {",
		"./app/drafting", "TestEveryVerbIsHiddenFromOtherUnits",
	},
	{
		"a desk without a door", "handlers/web/policy.go",
		"		ok = a.HasAnywhere(models.Officer, models.Administrator)\n", "		ok = a.SignedIn()\n",
		"./app", "TestRoutesOfTheDeskAreNotThereForResidents",
	},
	{
		"a person answered with everybody's page", "handlers/web/cache.go",
		`bytes.Contains(cookie, []byte("minyi_session")) || `, "",
		"./handlers/web", "TestReadyPagesAreFreshAndNobodyElses",
	},
	{
		"a fault that nobody catches where it can be told", "handlers/web/ctx.go",
		"if p := recover(); p != nil {", "if p := any(nil); p != nil {",
		"./handlers/web", "TestAFaultInOnePageEndsNothingElse",
	},
	{
		"a cursor that anybody can write", "app/kit/cursor/cursor.go",
		"if !hmac.Equal(mac, s.mac(purpose, body)) ||", "if len(mac) == 0 ||",
		"./app/kit/cursor", "TestForeignCursorsAreRefused",
	},
	{
		"an index call in the way of a write", "app/search/service.go",
		"func (s *Service) Committed(events []models.Event) { s.matters.committed(events) }",
		"func (s *Service) Committed(events []models.Event) {\n	s.matters.committed(events)\n	if e, err := s.o.Open(\"public\"); err == nil {\n		for n := 0; n < 50 && e.Health(context.Background()) != nil; n++ {\n		}\n	}\n}",
		"./app", "TestAnEngineThatHangsKeepsNoOpinionWaiting",
	},
	{
		"the last seat looked at before it is taken", "models/seats.go",
		"	q := tx.sql().Exec(\"UPDATE hearing_categories SET taken = taken + ? WHERE id = ? AND taken + ? <= seats\", n, categoryID, n)\n	return q.RowsAffected == 1, q.Error\n",
		"	var c HearingCategory\n	if err := tx.g.db.read.Where(\"id = ?\", categoryID).Take(&c).Error; err != nil || c.Taken+n > c.Seats {\n		return false, err\n	}\n	return true, tx.sql().Exec(\"UPDATE hearing_categories SET taken = CASE WHEN taken + ? > seats THEN seats ELSE taken + ? END WHERE id = ?\", n, n, categoryID).Error\n",
		"./app", "TestTheLastSeatIsNeverSoldTwiceWhateverComesAtOnce",
	},
	{
		"a freed seat for the last in line", "models/seats.go",
		`g := tx.sql().Order("rank, number").Limit(1)`, `g := tx.sql().Order("rank, number DESC").Limit(1)`,
		"./app", "TestTheLastSeatIsNeverSoldTwiceWhateverComesAtOnce",
	},
	{
		"a freed seat for nobody", "app/hearings/turns.go",
		"if h.StartsAt == nil || tx.Now.Before(*h.StartsAt) {", "if h.StartsAt == nil {",
		"./app", "TestTheLastSeatIsNeverSoldTwiceWhateverComesAtOnce",
	},
	{
		"a ticket that lets in as often as it is shown", "models/draw.go",
		`Where("id = ? AND arrived_at IS NULL", ticketID)`, `Where("id = ?", ticketID)`,
		"./app/hearings", "TestDesksThatWereOfflineMergeWithoutAdmittingTwice",
	},
	{
		"requests that two servers read in two ways", "handlers/web/ambiguous.go",
		"	case ambiguous(&ctx.Request.Header):\n", "	case false:\n",
		"./app", "TestNothingIsSmuggledInARequest",
	},
}

func TestTortureSabotage(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	caught := 0
	for _, s := range sabotages {
		ok := t.Run(s.name, func(t *testing.T) {
			file := filepath.Join(root, s.file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(text, []byte(s.was)); n != 1 {
				t.Fatalf("%s has %d places for this sabotage; write it anew", s.file, n)
			}
			dir := t.TempDir()
			changed, overlay := filepath.Join(dir, "changed.go"), filepath.Join(dir, "overlay.json")
			if err := os.WriteFile(changed, bytes.Replace(text, []byte(s.was), []byte(s.is), 1), 0o600); err != nil {
				t.Fatal(err)
			}
			list, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(overlay, list, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := s.try(root); err != nil {
				t.Fatalf("fails without any sabotage: %v\n%s", err, out)
			} else if strings.Contains(out, "no tests to run") {
				t.Fatalf("there is no test %s in %s", s.test, s.pkg)
			}
			out, err := s.try(root, "-overlay", overlay)
			if err == nil {
				t.Fatalf("%s does not notice", s.test)
			}
			if !strings.Contains(out, "--- FAIL") && !strings.Contains(out, "panic:") {
				t.Fatalf("it was not the test that failed:\n%s", out)
			}
		})
		if ok {
			caught++
		}
	}
	row(t, "sabotaged builds that a named test catches", fmt.Sprintf("%d of %d", caught, len(sabotages)), "", "all")
}
