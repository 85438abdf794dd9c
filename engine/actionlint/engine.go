//go:build tools

// Package engine pins the linter of GitHub's workflows that the tests run.
package engine

import _ "github.com/rhysd/actionlint/cmd/actionlint"
