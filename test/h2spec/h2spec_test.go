// Package h2spec has the conformance tests of HTTP/2 and HPACK by github.com/summerwind/h2spec run against a service
// ($SUNDOWN_BINARY), in the clear and by TLS.
package h2spec

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

// What h2spec wants by RFC 7540 and RFC 9113 doesn't want any more; docs/http2.md has the sentences.
const (
	anotherProtocol = "http2/3.5/2"   // in the clear: what is no preface is a request of HTTP/1, and gets its answer
	ownDependency   = "http2/5.3.1/2" // the priorities of RFC 7540 are not heeded
)

// Every test passes, but for those that are named.
func TestInTheClear(t *testing.T) {
	conforms(t, config.Config{Port: start(t).http}, anotherProtocol, ownDependency)
}

// The same by TLS, where ALPN has chosen the protocol.
func TestByTLS(t *testing.T) {
	conforms(t, config.Config{Port: start(t).https, TLS: true, Insecure: true}, ownDependency)
}

func conforms(t *testing.T, how config.Config, deviations ...string) {
	how.Host = "localhost"
	how.Path = "/hello" // by GET and by POST; its answer waits for the request's end
	how.Timeout = 6 * time.Second // of one answer, on a busy machine
	how.MaxHeaderLen = 4000
	passed := 0
	failures := map[string]error{}
	for _, root := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
		root.Test(&how)
		collect(root, func(id string, result *spec.TestResult) {
			if result.Failed || result.Skipped {
				failures[id] = result.Error
			} else {
				passed++
			}
		})
	}
	for _, id := range deviations {
		if _, failed := failures[id]; !failed {
			t.Errorf("%s passes: it is no deviation any more", id)
		}
		delete(failures, id)
	}
	for id, why := range failures {
		t.Errorf("%s: %v", id, why)
	}
	if total := passed + len(failures) + len(deviations); total < 145 {
		t.Errorf("only %d tests were run", total)
	}
}

func collect(group *spec.TestGroup, each func(string, *spec.TestResult)) {
	for _, test := range group.Tests {
		if test.Result != nil {
			each(fmt.Sprintf("%s/%d", group.ID(), test.Result.Sequence), test.Result)
		}
	}
	for _, inner := range group.Groups {
		collect(inner, each)
	}
}

type ports struct{ http, https int }

var ready = regexp.MustCompile(`ready.*http=127\.0\.0\.1:(\d+).*https=127\.0\.0\.1:(\d+)`)

// A service on free ports, which stops with the test in order: h2spec leaves nothing that holds it up.
func start(t *testing.T) ports {
	pair := certificate(t)
	service := exec.Command(os.Getenv("SUNDOWN_BINARY"))
	service.Env = append(os.Environ(), "SUNDOWN_HTTP__PORT=0", "SUNDOWN_ADMIN__PORT=0", "SUNDOWN_HTTP__TLS__PORT=0",
		"SUNDOWN_HTTP__TLS__CERTIFICATE="+pair, "SUNDOWN_HTTP__TLS__KEY="+pair, "SUNDOWN_LOG__ACCESS=false",
		"SUNDOWN_LOG__FORMAT=text")
	output, err := service.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		service.Process.Signal(syscall.SIGTERM)
		if err := service.Wait(); err != nil {
			t.Errorf("the service: %v", err)
		}
	})
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if at := ready.FindStringSubmatch(lines.Text()); at != nil {
			go func() {
				for lines.Scan() {
				}
			}()
			http, _ := strconv.Atoi(at[1])
			https, _ := strconv.Atoi(at[2])
			return ports{http, https}
		}
	}
	t.Fatal("the service did not become ready")
	return ports{}
}

func certificate(t *testing.T) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	content := x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	signed, err := x509.CreateCertificate(rand.Reader, &content, &content, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	file := filepath.Join(t.TempDir(), "tls.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
