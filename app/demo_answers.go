package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"minyi/app/answers"
	"minyi/app/demo"
	"minyi/app/kit/actor"
	"minyi/app/opinions"
	"minyi/models"
)

// demoReasons turns the content's reason codes into those of the moderation.
var demoReasons = map[string]string{"personal-data": "personal_data", "advertising": "spam", "threat": "abuse"}

// planAround notes what happens to an opinion after it was given: replies, reports,
// and hiding.
func (f *filler) planAround(c demo.Consultation, o demo.Opinion) {
	for i, r := range o.Replies {
		f.at(r.At, time.Duration(i)*time.Second, c.Key+": reply to "+o.ID, func(ctx context.Context) error {
			_, err := f.opinions.Reply(ctx, f.voice(r.Author, r.Lang), opinions.ReplyInput{OpinionID: f.opinion[o.ID], Body: r.Body, Display: models.Nickname, Name: f.nickname(r.Author)}, models.Idem{})
			return err
		})
	}
	for i, r := range o.Reports {
		f.at(r.At, 0, c.Key+": report of "+o.ID, func(ctx context.Context) error {
			return f.opinions.Report(ctx, actor.Actor{Visit: fmt.Sprintf("demo-reader-%d", i), Lang: "zh"}, f.opinion[o.ID], demoReasons[r.Reason], r.Note.ZH)
		})
	}
	if h := o.Hidden; h != nil {
		f.at(h.At, 0, c.Key+": hide "+o.ID, func(ctx context.Context) error {
			return f.opinions.Hide(ctx, f.person[h.By], f.opinion[o.ID], demoReasons[h.Reason], h.Note.ZH, models.Idem{})
		})
	}
}

// enter gives an opinion on behalf of somebody who wrote on paper, called or came
// to the counter.
func (f *filler) enter(ctx context.Context, c demo.Consultation, o demo.Opinion) error {
	received := f.moment(o.At)
	got, err := f.opinions.Enter(ctx, f.person[o.Entered.By], opinions.EntryInput{
		ConsultationID: f.consultation[c.Key], Channel: models.Channel(o.Channel), Display: models.Display(o.Display), Name: f.nameOf(o.Author, models.Display(o.Display)),
		Said:    opinions.Said{ClauseKey: f.clause[clauseIn{c.Key, o.Version, o.Clause}], Stance: models.Stance(o.Stance), Body: o.Body, Suggestion: o.Suggestion},
		Consent: true, Received: &received,
	}, models.Idem{})
	if err == nil {
		f.opinion[o.ID] = got.Opinions[0]
	}
	return err
}

// planAnswers notes the decisions and, where there is one, the published report.
func (f *filler) planAnswers(c demo.Consultation) {
	for _, a := range c.Answers {
		f.at(a.At, 0, c.Key+": answer "+a.ID, func(ctx context.Context) error { return f.answer(ctx, c, a) })
	}
	r := c.Report
	if r == nil {
		return
	}
	id := func() string { return f.consultation[c.Key] }
	f.at(r.Published, -2*time.Hour, c.Key+": report", func(ctx context.Context) error {
		_, err := f.answers.SaveReport(ctx, f.person[r.By], id(), 0, f.report(c, *r))
		return err
	})
	f.at(r.Published, -time.Hour, c.Key+": propose report", func(ctx context.Context) error {
		return f.answers.ProposeResponse(ctx, f.person[r.By], id())
	})
	f.at(r.Published, 0, c.Key+": publish report", func(ctx context.Context) error {
		return f.answers.PublishResponse(ctx, f.person[r.Second], id(), models.Idem{})
	})
}

func (f *filler) answer(ctx context.Context, c demo.Consultation, a demo.Answer) error {
	var picks []answers.Pick
	for _, o := range a.Opinions {
		picks = append(picks, answers.Pick{OpinionID: f.opinion[o]})
	}
	in := answers.Decision{Decision: models.Decision(a.Decision), ReasonZH: a.Reason.ZH, ReasonEN: a.Reason.EN}
	if a.Change != nil { // only a change that was made is linked
		in.ClauseKey, in.Version = f.clause[clauseIn{c.Key, a.Version, a.Clause}], a.Version
	}
	given, err := f.answers.DecideMany(ctx, f.person[a.By], f.consultation[c.Key], picks, in, models.Idem{})
	var all []error
	for _, row := range given.Failed {
		all = append(all, fmt.Errorf("%+v", row))
	}
	return errors.Join(append(all, err)...)
}

func (f *filler) report(c demo.Consultation, r demo.Report) answers.Report {
	out := answers.Report{OutsideZH: r.Outside.ZH, OutsideEN: r.Outside.EN, MethodZH: r.Method.ZH, MethodEN: r.Method.EN, NextZH: r.Next.ZH, NextEN: r.Next.EN}
	for _, s := range r.Story {
		out.Story = append(out.Story, answers.Sentence{Kind: s.Kind, ZH: s.Text.ZH, EN: s.Text.EN})
	}
	for _, s := range r.Clauses {
		out.Clauses = append(out.Clauses, answers.ClauseSummary{
			ClauseKey: f.clause[clauseIn{c.Key, 1, s.Clause}], Decision: models.Decision(s.Decision), SummaryZH: s.Summary.ZH, SummaryEN: s.Summary.EN,
			ReasonZH: s.Reason.ZH, ReasonEN: s.Reason.EN,
		})
	}
	return out
}
