package main

import _ "time/tzdata" // Windows has no zone files; every Debian has (tzdata is a required package)
