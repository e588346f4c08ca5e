// Minyi 民意 is a civic participation platform: policy consultations, hearings,
// forums and live questions. This file only names the commands; package app says
// what they do.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"minyi/app"
)

func main() {
	var commands app.Commands
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&commands, kong.Name("minyi"), kong.Description("Minyi 民意: consultations, hearings, live questions."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	err := k.Run()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "minyi:", err)
		os.Exit(1)
	}
}
