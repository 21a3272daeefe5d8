// Command floor is the least that a till's daemon could be: net/http on the
// loopback interface and one SQLite file. The bench measures the agent against it.
package main

import (
	"database/sql"
	"flag"
	"log"
	"net/http"

	_ "github.com/mattn/go-sqlite3" // the store
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "listen")
	path := flag.String("db", "floor.db", "database")
	flag.Parse()
	db, err := sql.Open("sqlite3", "file:"+*path+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, v TEXT)`); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM t`).Scan(&n); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Write([]byte("ok"))
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}
