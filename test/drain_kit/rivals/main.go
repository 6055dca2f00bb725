// Go's net/http, stopped by its own Shutdown: go run main.go CLEAR_PORT TLS_PORT CERTIFICATE KEY
package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello, World!") })
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(800 * time.Millisecond)
		io.WriteString(w, "slept")
	})
	clear := &http.Server{Addr: "127.0.0.1:" + os.Args[1], Protocols: new(http.Protocols)}
	clear.Protocols.SetHTTP1(true)
	clear.Protocols.SetUnencryptedHTTP2(true)
	encrypted := &http.Server{Addr: "127.0.0.1:" + os.Args[2]}
	go clear.ListenAndServe()
	go encrypted.ListenAndServeTLS(os.Args[3], os.Args[4])

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	limit, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	ended := make(chan error, 2)
	for _, server := range []*http.Server{clear, encrypted} {
		go func() { ended <- server.Shutdown(limit) }()
	}
	for range 2 {
		if err := <-ended; err != nil {
			os.Exit(1)
		}
	}
}
