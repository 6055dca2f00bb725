#pragma once

#include <string>
#include <string_view>

/// Requests, good and bad, for the routes /hello, /echo (POST) and /upload (POST), each with the status it must have.
namespace sundown::test {

struct sample_request {
  std::string bytes;
  int status;
};

namespace samples {

inline std::string posted(std::string_view fields, std::string_view body, std::string_view version = "1.1",
                          std::string_view target = "/echo") {
  std::string all("POST ");
  all.append(target).append(" HTTP/").append(version).append("\r\nHost: a\r\n").append(fields).append("\r\n");
  return all.append(body);
}
inline std::string chunked(std::string_view body, std::string_view target = "/echo") {
  return posted("Transfer-Encoding: chunked\r\n", body, "1.1", target);
}
inline std::string got(std::string_view line, std::string_view fields = "Host: a\r\n") {
  return std::string(line).append("\r\n").append(fields).append("\r\n");
}

}  // namespace samples

inline const sample_request good_requests[] = {
    {samples::got("GET /hello HTTP/1.1"), 200},
    {samples::got("GET /hello?a=%20b&c HTTP/1.1", "Host: a:80\r\nX-Empty:\r\nX-Tab: \ta\tb \r\nAccept: */*\r\n"), 200},
    {samples::got("HEAD /hello HTTP/1.1", "host: [::1]:8080\r\n"), 200},
    {samples::got("GET http://a.b/hello?q HTTP/1.1"), 200},
    {samples::got("GET /%68ello HTTP/1.1"), 200},
    {samples::got("GET /hello?^`{|}[] HTTP/1.1"), 200},
    {samples::got("GET /hello HTTP/1.2"), 200},
    {samples::got("GET /hello HTTP/1.9", "Host: a\r\nConnection: x, close\r\n"), 200},
    {samples::got("GET /hello HTTP/1.0", ""), 200},
    {samples::got("GET /hello HTTP/1.0", "Connection: keep-alive\r\n"), 200},
    {samples::got("GET /hello HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n"), 200},
    {"\r\n\r\n" + samples::got("GET /hello HTTP/1.1"), 200},
    {samples::got("OPTIONS * HTTP/1.1"), 204},
    {samples::got("GET /nowhere HTTP/1.1"), 404},
    {samples::got("DELETE /hello HTTP/1.1"), 405},
    {samples::got("BREW /hello HTTP/1.1"), 501},
    {samples::posted("Content-Length: 5\r\n", "abcde"), 200},
    {samples::posted("Content-Length: 0\r\n", ""), 200},
    {samples::posted("Content-Length: 005\r\nExpect: 100-continue\r\n", "abcde"), 200},
    {samples::posted("Content-Length: 5\r\n", "abcde", "1.1", "/upload"), 200},
    {samples::posted("Content-Length: 5\r\n", "abcde", "1.1", "/nowhere"), 404},
    {samples::posted("Content-Length: 5\r\n", "abcde", "1.0"), 200},
    {samples::chunked("5\r\nabcde\r\n0\r\n\r\n"), 200},
    {samples::chunked("00A\r\n0123456789\r\n1\r\nx\r\n000\r\n\r\n", "/upload"), 200},
    {samples::chunked("5;a;b = c ; d=\"e\\\"\tf\";g\r\nabcde\r\n0;z\r\nT: v\r\nU:\r\n\r\n"), 200},
    {samples::chunked("3\r\nabc\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n"), 200},
    {samples::posted("Transfer-Encoding: , Chunked ,\r\n", "0\r\n\r\n"), 200},
    {samples::posted("Content-Length: 5\r\nContent-Encoding: identity\r\n", "abcde"), 200},
};

/// Each is complete: it is answered at once, and the connection ends with it.
inline const sample_request bad_requests[] = {
    // Request lines.
    {"GET / \r\n\r\n", 400},
    {"GET /hello\r\n\r\n", 400},
    {"GET\r\n\r\n", 400},
    {"GET \r\n\r\n", 400},
    {" GET /hello HTTP/1.1\r\n", 400},
    {"GET  /hello HTTP/1.1\r\n", 400},
    {"GET /hello  HTTP/1.1\r\n", 400},
    {"GET /hello HTTP/1.1 \r\n", 400},
    {"GET\t/hello HTTP/1.1\r\n", 400},
    {"GET /hello HTTP/1.1\n", 400},
    {"GET /hello\n", 400},
    {"\n", 400},
    {"\rGET /hello HTTP/1.1\r\n", 400},
    {"GET /hello HTTP/1.1\rX", 400},
    {"GET /hello HTTP/1.1\r\r", 400},
    {"G@T /hello HTTP/1.1\r\n", 400},
    {std::string("\x16\x03\x01\x02", 4), 400},
    {std::string("GET /hel\0", 9), 400},
    {"GET /hello HTTP/\r\n", 400},
    {"GET /hello HTTP/1\r\n", 400},
    {"GET /hello HTTP/1.\r\n", 400},
    {"GET /hello HTTP/11\r\n", 400},
    {"GET /hello HTTP/1.10\r\n", 400},
    {"GET /hello HTTP/0.99\r\n", 400},
    {"GET /hello HTTP/2.0x\r\n", 400},
    {"GET /hello HTTP/-1.1\r\n", 400},
    {"GET /hello http/1.1\r\n", 400},
    {"GET /hello HTTX/1.1\r\n", 400},
    {"GET /hello HTTP/0.9\r\n", 505},
    {"GET /hello HTTP/2.0\r\n", 505},
    {"PRI * HTTP/2.0\r\n", 505},
    {std::string(9000, 'M') + " / HTTP/1.1\r\n", 501},
    {"GET /" + std::string(9000, 't') + " HTTP/1.1\r\n", 414},
    {"GET / HTTP/" + std::string(9000, '1') + "\r\n", 400},
    {"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501},
    {"CONNECT /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    // Targets.
    {"GET hello HTTP/1.1\r\n", 400},
    {"GET * HTTP/1.1\r\n", 400},
    {"GET a:80 HTTP/1.1\r\n", 400},
    {"GET /hello#a HTTP/1.1\r\n", 400},
    {"GET /hello?% HTTP/1.1\r\n", 400},
    {"GET /%4 HTTP/1.1\r\n", 400},
    {"GET /%4g HTTP/1.1\r\n", 400},
    {"GET /\" HTTP/1.1\r\n", 400},
    {"GET /hello?\\ HTTP/1.1\r\n", 400},
    {"GET /< HTTP/1.1\r\n", 400},
    {"GET /> HTTP/1.1\r\n", 400},
    {"GET /\x80 HTTP/1.1\r\n", 400},
    {"GET /caf\xc3\xa9 HTTP/1.1\r\n", 400},
    {"GET /\x7f HTTP/1.1\r\n", 400},
    {"GET http:///hello HTTP/1.1\r\n", 400},
    {"GET http:// HTTP/1.1\r\n", 400},
    {"GET http://?q HTTP/1.1\r\n", 400},
    {"GET http://:80/hello HTTP/1.1\r\n", 400},
    {"GET http://u@a/hello HTTP/1.1\r\n", 400},
    {"GET http://u:p@a/hello HTTP/1.1\r\n", 400},
    {"GET http://a:b/hello HTTP/1.1\r\n", 400},
    {"GET http://a:65536/hello HTTP/1.1\r\n", 400},
    {"GET http://a:80:80/hello HTTP/1.1\r\n", 400},
    {"GET http://[::1/hello HTTP/1.1\r\n", 400},
    {"GET http://[]/hello HTTP/1.1\r\n", 400},
    {"GET http:/hello HTTP/1.1\r\n", 400},
    {"GET ftp://a/hello HTTP/1.1\r\n", 400},
    // Fields.
    {"GET /hello HTTP/1.1\r\nHost: a\n", 400},
    {"GET /hello HTTP/1.1\r\nHost: a\r\n\n", 400},
    {"GET /hello HTTP/1.1\r\n\r\n", 400},
    {"GET /hello HTTP/1.1\r\nHost: a\r\nhost: a\r\n", 400},
    {"GET /hello HTTP/1.1\r\nHost: a b\r\n", 400},
    {"GET /hello HTTP/1.1\r\nHost: a:65536\r\n", 400},
    {"GET /hello HTTP/1.1\r\nHost: %4\r\n", 400},
    {"GET /hello HTTP/1.1\r\nHost : a\r\n", 400},
    {"GET /hello HTTP/1.1\r\n Host: a\r\n", 400},
    {"GET /hello HTTP/1.1\r\nHost: a\r\n b\r\n", 400},
    {"GET /hello HTTP/1.1\r\nHost\r\n", 400},
    {"GET /hello HTTP/1.1\r\n: a\r\n", 400},
    {"GET /hello HTTP/1.1\r\nX: a\rb\r\n", 400},
    {"GET /hello HTTP/1.1\r\nX: \x01", 400},
    {std::string("GET /hello HTTP/1.1\r\nX: \0", 25), 400},
    {"GET /hello HTTP/1.1\r\nX: \x7f\r\n", 400},
    {"GET /hello HTTP/1.1\r\nX\x80: a\r\n", 400},
    {"GET /hello HTTP/1.1\r\nX: " + std::string(9000, 'v'), 431},
    {samples::got("GET /hello HTTP/1.1", "Host: a\r\nConnection: a b\r\n"), 400},
    // Lengths and codings.
    {samples::posted("Content-Length: 5\r\nContent-Length: 5\r\n", ""), 400},
    {samples::posted("Content-Length: 5, 5\r\n", ""), 400},
    {samples::posted("Content-Length:\r\n", ""), 400},
    {samples::posted("Content-Length: -0\r\n", ""), 400},
    {samples::posted("Content-Length: 18446744073709551616\r\n", ""), 400},
    {samples::posted("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", ""), 400},
    {samples::posted("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", ""), 400},
    {samples::posted("Transfer-Encoding:\r\n", ""), 400},
    {samples::posted("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", ""), 400},
    {samples::posted("Transfer-Encoding: chunked\r\nTransfer-Encoding: ,\r\n", ""), 400},
    {samples::posted("Transfer-Encoding: chunked, chunked\r\n", ""), 400},
    {samples::posted("Transfer-Encoding: chunked, gzip\r\n", ""), 400},
    {samples::posted("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", ""), 400},
    {samples::posted("Transfer-Encoding: chunked;a=b\r\n", ""), 400},
    {samples::posted("Transfer-Encoding: gzip\r\n", ""), 400},
    {samples::posted("Transfer-Encoding: gzip, chunked\r\n", ""), 501},
    {samples::posted("Transfer-Encoding: chunked\r\n", "", "1.0"), 400},
    {samples::posted("Transfer-Encoding: gzip, chunked\r\n", "", "1.0"), 400},
    // Chunks.
    {samples::chunked("g"), 400},
    {samples::chunked("\r\n"), 400},
    {samples::chunked(" 5"), 400},
    {samples::chunked("-"), 400},
    {samples::chunked("0x"), 400},
    {samples::chunked("5\n"), 400},
    {samples::chunked("5\rx"), 400},
    {samples::chunked("5 \r\n"), 400},
    {samples::chunked("5;\r\n"), 400},
    {samples::chunked("5;a=\r\n"), 400},
    {samples::chunked("5;a b\r\n"), 400},
    {samples::chunked("5;\"a\"\r\n"), 400},
    {samples::chunked("5;a=\"x\ny\"\r\nabcde\r\n0\r\n\r\n"), 400},
    {samples::chunked("5;a=\"x\r\n"), 400},
    {samples::chunked("5;a=\"x\\\r\n"), 400},
    {samples::chunked("5;a=\"x\"y\r\n"), 400},
    {samples::chunked("5;a=\"\x7f"), 400},
    {samples::chunked("10000000000000000"), 400},
    {samples::chunked("ffffffffffffffff\r\n"), 413},
    {samples::chunked("5;" + std::string(1100, 'x')), 400},
    {samples::chunked(std::string(1100, '0')), 400},
    {samples::chunked("5\r\nabcdeX"), 400},
    {samples::chunked("5\r\nabcde\n"), 400},
    {samples::chunked("5\r\nabcde\r0"), 400},
    {samples::chunked("0\r\n\n"), 400},
    {samples::chunked("0\r\n\r\r"), 400},
    {samples::chunked("0\r\nT: v\n"), 400},
    {samples::chunked("0\r\nT: v\r\n folded\r\n"), 400},
    {samples::chunked("0\r\nT: \x01"), 400},
    {samples::chunked("0\r\nT\r\n"), 400},
    {samples::chunked("0\r\n:"), 400},
    {samples::chunked("0\r\nT: " + std::string(9000, 'v')), 431},
    // Bodies that are not read.
    {samples::posted("Content-Length: 5\r\nExpect: foo\r\n", ""), 417},
    {samples::posted("Content-Length: 5\r\nExpect: foo\r\n", "", "1.0"), 417},
    {samples::posted("Content-Length: 5\r\nExpect: 100-continue, foo\r\n", ""), 417},
    {samples::posted("Content-Length: 5\r\nExpect: 100-continue\r\nExpect: foo\r\n", ""), 417},
    {samples::posted("Content-Length: 5\r\nExpect: 100-continue;a=b\r\n", ""), 417},
    {samples::posted("Content-Length: 5\r\nExpect: 100-continue\r\nContent-Encoding: gzip\r\n", ""), 415},
    {samples::posted("Content-Length: 99999999999\r\n", ""), 413},
};

}  // namespace sundown::test
