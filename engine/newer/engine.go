//go:build tools

// Package newer pins the latest Pulumi command line that grantgate was tried with.
package newer

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
