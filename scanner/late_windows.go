package scanner

import "time"

// late is more than a tick of the clock that ends waits here: 15.6 ms.
const late = 20 * time.Millisecond
