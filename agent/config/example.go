package config

import _ "embed"

//go:embed example.toml
var example string

// Example is a file to start from, with a comment on everything. It is correct
// as it stands, save that the keys it names are not there yet.
func Example() string { return example }
