# Reads `go test -v ./...` and shows what a person wants of it: one progress line per
# package while it runs, the output of failed packages, then every skipped test with its
# reason, and last the closing lines as plain `go test` prints them.
# With several packages at once go test prints each package's output in one piece.

/^=== (RUN|PAUSE|CONT|NAME|SKIP)/ { next }

/^[ \t]*--- SKIP: / {
	name = $3
	skips[++skipped] = "  " name "  " (reason == "" ? "" : "(" reason ")")
	skippedHere = skippedHere " " skipped
	reason = ""
	next
}
/^[ \t]*--- PASS: / { reason = ""; next }
/^[ \t]*--- FAIL: / { reason = "" }

# The closing line of a package.
/^(ok  |FAIL|\?   )[ \t]+[^ \t]+/ {
	n = split(skippedHere, numbers, " ")
	for (i = 1; i <= n; i++) skips[numbers[i]] = skips[numbers[i]] "  " $2
	closing[++closings] = $0
	if ($1 == "FAIL") { printf "%s", held; failed = 1 }
	if ($1 != "?") { printf "  %s %s\n", $1 == "ok" ? "passed" : "FAILED", $2; fflush() }
	held = ""; skippedHere = ""; reason = ""
	next
}
/^(PASS|FAIL)$/ { next }
/^exit status / { held = held $0 "\n"; next }
/^coverage: / { next }
{
	# What a test logs comes just before its SKIP line: the last such line is the reason.
	if ($0 ~ /^[ \t]+[A-Za-z0-9_.-]+\.go:[0-9]+: /) {
		reason = $0
		sub(/^[ \t]+[A-Za-z0-9_.-]+\.go:[0-9]+: /, "", reason)
	}
	held = held $0 "\n"
}
END {
	# What belongs to no package (a build that failed before any test) is never hidden.
	if (held != "") printf "%s", held
	if (skipped > 0) {
		printf "\n%d skipped:\n", skipped
		for (i = 1; i <= skipped; i++) print skips[i]
		print ""
	}
	for (i = 1; i <= closings; i++) print closing[i]
	if (failed) print "FAIL"
}
