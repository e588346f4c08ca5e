//go:build !linux

package realtime

const benchRole = "MINYI_BENCH_ROLE"

func benchServe(string) {}
