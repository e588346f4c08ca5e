package app

import (
	"testing"

	"minyi/models"
)

func TestOnlyWhatOtherNodesCommittedIsHeardAgain(t *testing.T) {
	var own ownEvents
	own.add([]models.Event{{Seq: 2}, {Seq: 3}, {Seq: 6}})
	got := own.without([]models.Event{{Seq: 1}, {Seq: 2}, {Seq: 3}, {Seq: 4}})
	if len(got) != 2 || got[0].Seq != 1 || got[1].Seq != 4 {
		t.Errorf("of four events, two of them our own, these are heard: %+v", got)
	}
	own.add([]models.Event{{Seq: 5}}) // came back before its writer said so
	if got := own.without([]models.Event{{Seq: 6}}); len(got) != 0 {
		t.Errorf("our own event is heard again: %+v", got)
	}
	if len(own.seqs) != 0 {
		t.Errorf("what came back is remembered for ever: %v", own.seqs)
	}
}
