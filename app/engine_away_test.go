package app_test

import (
	"net"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

// A search engine that takes every call and answers none keeps nobody waiting: an
// opinion is acknowledged as if there were no engine at all.
func TestAnEngineThatHangsKeepsNoOpinionWaiting(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	called := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			if n == 0 {
				close(called)
			}
		}
	}()
	t.Setenv("MINYI_TEST_ENGINE", "http://"+silent.Addr().String())
	t.Setenv("MINYI_MEILI_KEY", "a key of the engine")
	s := start(t, "")
	_, unit := modelstest.City(t, s.DB)
	c := modelstest.Consultation(t, s.DB, unit, 3, nil)
	token := s.token(modelstest.Person(t, s.DB, "anna", models.Unit{}))
	answered := make(chan int, 1)
	go func() {
		status, _, _ := s.call("POST", "/api/v1/consultations/"+c.ID+"/opinions", token, opinion("a1", "路口太窄"))
		answered <- status
	}()
	select {
	case status := <-answered:
		if status != 201 {
			t.Errorf("answered %d", status)
		}
	case <-time.After(patience / 2):
		t.Fatal("an opinion waits for the search engine")
	}
	select {
	case <-called:
	case <-time.After(patience):
		t.Error("the engine was never called: the test has tried nothing")
	}
}
