#pragma once

#include "http_client/scripted_server.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <sundown/http_client.hpp>

#include <gmock/gmock.h>

#include <string>
#include <utility>

namespace sundown::test {

/// Time for each step, and for a connection that is kept, that no test waits out: a machine that is busy otherwise is
/// no fault of a call. A test shortens what it looks at.
inline http_client::settings patient_client() {
  http_client::settings how;
  how.timeout = how.connect_timeout = how.idle_timeout = ample;
  return how;
}

/// A client and a worker that calls it; closed at its end.
class http_calls {
 public:
  worker_thread worker;
  http_client::client client;

  explicit http_calls(http_client::settings how = patient_client()) : client(std::move(how)) {}
  ~http_calls() {
    if (!closed_) close();
  }
  http_calls(const http_calls&) = delete;
  http_calls& operator=(const http_calls&) = delete;

  result<http_client::answer> send(http_client::request what) { return worker.run(client.send(std::move(what))); }
  result<http_client::answer> get(std::string url) { return worker.run(client.get(std::move(url))); }
  result<http_client::answer> post(std::string url, std::string body = "{}") {
    return worker.run(client.post(std::move(url), "application/json", std::move(body)));
  }
  std::future<result<http_client::answer>> begin(http_client::request what) {
    return worker.start(client.send(std::move(what)));
  }
  void close() {
    closed_ = true;
    worker.run(client.close());
  }

 private:
  bool closed_ = false;
};

/// An answer with a length.
inline std::string whole(std::string_view body, std::string_view fields = {}, std::string_view status = "200 OK") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

/// Answers each request with the same.
inline scripted_server::script answers(std::string bytes) {
  return [bytes = std::move(bytes)](peer& client, int) {
    while (!client.read_request().empty() && client.send(bytes)) {
    }
  };
}

}  // namespace sundown::test
