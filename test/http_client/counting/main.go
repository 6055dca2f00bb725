// A server by Go's net/http that writes the id of each request that it carries out, a line each: counting ADDRESS FILE.
// SIGTERM stops it in order.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.OpenFile(os.Args[2], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	var turn sync.Mutex
	ids := bufio.NewWriter(file)
	server := &http.Server{Handler: http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
		turn.Lock()
		fmt.Fprintln(ids, request.URL.Query().Get("id"))
		turn.Unlock()
		io.WriteString(answer, "done")
	})}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		<-signals
		server.Shutdown(context.Background())
		close(ended)
	}()
	fmt.Println("listening")
	if err := server.Serve(listener); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-ended
	turn.Lock()
	defer turn.Unlock()
	if err := ids.Flush(); err != nil {
		log.Fatal(err)
	}
}
