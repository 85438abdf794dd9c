//go:build tools

// Package opa pins the Open Policy Agent that `make bench` measures against.
package opa

import _ "github.com/open-policy-agent/opa"
