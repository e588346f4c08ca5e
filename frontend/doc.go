// Package frontend holds what people see: the words in both languages, the
// assets, the frame around every page, and, in its sub-packages, the parts
// (parts) and the pages (pages/<feature>). It imports nothing else of ours:
// handlers fill plain values in.
//
// # How a feature page is written
//
// A page is a typed struct and a templ component in pages/<feature>. The struct
// carries the frame and plain values; the component draws them with parts.
//
//	// pages/hearings/show.go
//	package hearings
//
//	// ShowPage is one hearing as the public sees it.
//	type ShowPage struct {
//		frontend.Frame
//		Name      string
//		StartsAt  time.Time
//		SeatsLeft int
//		Form      *parts.Form // nil when registration is not open
//	}
//
//	// pages/hearings/show.templ
//	package hearings
//
//	templ Show(p ShowPage) {
//		@parts.Page(p.Frame) {
//			@parts.Head(p.Frame, p.Name, p.T("hearings.lede", "date", p.Words.Date(p.StartsAt)))
//			<p>{ p.Words.N("hearings.seats", p.SeatsLeft) }</p>
//			if p.Form != nil {
//				@parts.ErrorSummary(p.Frame, p.Form)
//				<form method="post" action={ templ.SafeURL(p.URL("/hearings/3")) } data-busy data-draft="hearing-3">
//					@parts.Hidden(p.Frame, p.Form)
//					@parts.Field(p.Frame, p.Form, parts.FieldProps{Name: "phone", Label: p.T("hearings.phone"), Type: "tel"})
//					@parts.Button(parts.ButtonProps{Text: p.T("hearings.register")})
//				</form>
//			}
//		}
//	}
//
// Beside them lie show.css (public bundle; a file whose name or folder begins
// with "desk" or "admin" goes to the officers' bundle) and, only if needed,
// show.js, an ES module named in Frame.Scripts as "pages/hearings/show.js".
// Every word comes from locales/<lang>/hearings.json; keys begin with
// "hearings.". Prefixes of keys that are put together at run time are listed in
// locales/dynamic.txt.
package frontend
