// Runs FerretDB, a MongoDB server on SQLite, for the tests: ferretdb ADDRESS DIRECTORY.
//
// It says "listening on ADDRESS" once it does, and logs to stderr; it is ended by a signal.
// FerretDB 1 reads a document and changes it in two steps, which MongoDB never does. So commands pass one at a time.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatalf("usage: %s ADDRESS DIRECTORY", os.Args[0])
	}
	inner := filepath.Join(os.Args[2], "ferretdb.sock")
	_ = os.Remove(inner) // left by one that was killed
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: inner},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + os.Args[2] + "/",
	})
	if err != nil {
		log.Fatal(err)
	}
	outer, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(server.Run(context.Background())) }()
	fmt.Println("listening on", outer.Addr())

	var turn sync.Mutex
	for {
		client, err := outer.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(client, inner, &turn)
	}
}

// serve passes commands of one client to FerretDB, each with its answer in one turn.
func serve(client net.Conn, inner string, turn *sync.Mutex) {
	defer client.Close()
	backend, err := net.Dial("unix", inner)
	if err != nil {
		log.Print(err)
		return
	}
	defer backend.Close()
	for {
		command, err := readMessage(client)
		if err != nil {
			return
		}
		turn.Lock()
		_, err = backend.Write(command)
		var answer []byte
		if err == nil {
			answer, err = readMessage(backend)
		}
		turn.Unlock()
		if err != nil {
			return
		}
		if _, err = client.Write(answer); err != nil {
			return
		}
	}
}

// readMessage reads one message of MongoDB's wire protocol: its length, itself included, comes first.
func readMessage(from io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(length[:])
	if size < 16 || size > 48<<20 {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	message := append(make([]byte, 0, size), length[:]...)[:size]
	_, err := io.ReadFull(from, message[4:])
	return message, err
}
