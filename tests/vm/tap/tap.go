// SPDX-License-Identifier: GPL-2.0-or-later

// Package tap writes results in the Test Anything Protocol.  It stands in for the package of the same
// interface that the OCI validation suite asks for and Debian does not have.
package tap

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// T is one stream of results; Writer is where they go, standard output by default.
type T struct {
	Writer io.Writer
	count  *int
	isTodo bool
}

// New makes a stream.
func New() *T {
	return &T{Writer: os.Stdout, count: new(int)}
}

func (t *T) line(format string, values ...interface{}) {
	fmt.Fprintf(t.Writer, format+"\n", values...)
}

// Header begins the stream; a planned number of zero is told by AutoPlan at the end instead.
func (t *T) Header(planned int) {
	t.line("TAP version 13")
	if planned > 0 {
		t.line("1..%d", planned)
	}
}

// AutoPlan says how many results there were.
func (t *T) AutoPlan() {
	t.line("1..%d", *t.count)
}

// Ok gives one result.
func (t *T) Ok(good bool, description string) {
	word := "ok"
	if !good {
		word = "not ok"
	}
	todo := ""
	if t.isTodo {
		todo = " # TODO"
	}
	*t.count++
	t.line("%s %d - %s%s", word, *t.count, strings.ReplaceAll(description, "\n", " "), todo)
}

// Todo is the same stream for results that may be bad.
func (t *T) Todo() *T {
	return &T{Writer: t.Writer, count: t.count, isTodo: true}
}

// Pass gives one good result.
func (t *T) Pass(description string) {
	t.Ok(true, description)
}

// Fail gives one bad result.
func (t *T) Fail(description string) {
	t.Ok(false, description)
}

// Skip gives results that are neither.
func (t *T) Skip(count int, why string) {
	for ; count > 0; count-- {
		*t.count++
		t.line("ok %d # SKIP %s", *t.count, why)
	}
}

// Diagnostic explains the result before it.
func (t *T) Diagnostic(text string) {
	t.line("# %s", strings.ReplaceAll(text, "\n", "\n# "))
}

// Diagnosticf is Diagnostic with a format.
func (t *T) Diagnosticf(format string, values ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, values...))
}

// YAML explains the result before it in a form for machines; JSON is YAML.
func (t *T) YAML(value interface{}) error {
	text, err := json.MarshalIndent(value, "  ", "  ")
	if err != nil {
		return err
	}
	t.line("  ---\n  %s\n  ...", text)
	return nil
}
