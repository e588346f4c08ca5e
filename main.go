// Minyi 民意 is a civic participation platform: policy consultations, hearings,
// forums and live questions. This file only starts it; package app says what its
// commands do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"minyi/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
