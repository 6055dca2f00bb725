// Go's net/http: go run main.go PORT
package main

import (
	"io"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if _, err := io.ReadAll(r.Body); err != nil {
				return
			}
		}
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "Hello, World!")
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
