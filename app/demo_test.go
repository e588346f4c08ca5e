package app

import (
	"context"
	"log/slog"
	"time"

	"minyi/app/demo"
	"minyi/app/settings"
)

// FillForTest lets tests outside begin with the demonstration's city.
func FillForTest(ctx context.Context, s settings.Settings) error {
	content, err := demo.Load()
	if err != nil {
		return err
	}
	return fillDemo(ctx, s, slog.New(slog.DiscardHandler), content, time.Now())
}
